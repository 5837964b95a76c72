"""Is this report from SendGrid? Its package checks the signature; the gaps it leaves are closed here."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import urllib3
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from sendgrid.helpers.eventwebhook import EventWebhook

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
# SendGrid repeats a report for up to 24 hours and does not say whether a repeat is signed anew or keeps its
# first time. Refusing one that is genuine loses it; taking in one that is replayed changes nothing, since
# receipts are kept once each. So the age allowed covers the whole time of repeating.
OLDEST = timedelta(hours=25)
AHEAD = timedelta(minutes=5)
# A forged report makes us ask for the key again: no oftener than this, however many come.
PAUSE_S = 5.0
_log = logging.getLogger(__name__)


class KeyAway(Exception):
    """No key was set, and the mail host does not give it out now: nothing can be said about a report."""


class WebhookCheck:
    """Verifies reports with the public key that was set, or else the one that the mail host gives out.

    A key that was asked for can change (a sandbox whose home was emptied): it is asked for again when a
    report does not fit it.
    """

    def __init__(
        self,
        public_key: str | None,
        host: str,
        api_key: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key_is_set = bool(public_key)
        self._verifier = _verifier(public_key) if public_key else None
        self._host = host.rstrip("/")
        self._api_key = api_key
        self._clock = clock
        self._asked_at: float | None = None
        self._lock = threading.Lock()

    def is_signed(self, body: bytes, signature: str | None, timestamp: str | None) -> bool:
        """Tell whether SendGrid signed these raw bytes and this time; whatever is malformed it did not.

        How old the time may be is for `is_recent` to say. Raises KeyAway when there is no key to check with.
        """
        if not signature or not timestamp or not _is_time(timestamp):
            return False
        known = self._known()
        if _fits(known, body, signature, timestamp):
            return True
        newer = self._newer_than(known)
        return newer is not known and _fits(newer, body, signature, timestamp)

    def _known(self) -> EventWebhook | None:
        with self._lock:
            if self._verifier is None and not self._key_is_set:
                self._ask()
                if self._verifier is None:
                    raise KeyAway
            return self._verifier

    def _newer_than(self, tried: EventWebhook | None) -> EventWebhook | None:
        """Return the key of now, asked for anew unless that was done a moment ago."""
        with self._lock:
            if self._verifier is tried and not self._key_is_set:
                self._ask()
            return self._verifier

    def _ask(self) -> None:
        if self._asked_at is not None and self._clock() - self._asked_at < PAUSE_S:
            return
        self._asked_at = self._clock()
        try:
            self._verifier = _verifier(_ask_for_key(self._host, self._api_key)) or self._verifier
        except (urllib3.exceptions.HTTPError, ValueError, TypeError, KeyError) as error:
            _log.warning("the mail host gives no key for reports: %s", type(error).__name__)


def is_recent(timestamp: str, *, now: datetime) -> bool:
    """Tell whether a report signed at this time may still be on its way."""
    age = now.timestamp() - int(timestamp)
    return -AHEAD.total_seconds() <= age <= OLDEST.total_seconds()


def _is_time(timestamp: str) -> bool:
    return timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12


def _verifier(public_key: str) -> EventWebhook | None:
    """Return the package's verifier; None, with a line in the log, if the key is none that it can use."""
    try:
        verifier = EventWebhook(public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        _log.error("the key for reports can't be read: %s", type(error).__name__)
        return None
    if not isinstance(verifier.public_key, EllipticCurvePublicKey):
        _log.error("the key for reports is not of the kind that SendGrid signs with")
        return None
    return verifier


def _fits(verifier: EventWebhook | None, body: bytes, signature: str, timestamp: str) -> bool:
    if verifier is None:
        return False
    try:
        return bool(verifier.verify_signature(body.decode(), signature, timestamp))
    except (ValueError, TypeError) as error:
        # The package raises for a malformed signature; undecodable bytes were not signed as JSON.
        _log.info("report not verified: %s", type(error).__name__)
        return False


def _ask_for_key(host: str, api_key: str) -> str:
    answer = urllib3.request(
        "GET",
        f"{host}/v3/user/webhooks/event/settings/signed",
        headers={"Authorization": f"Bearer {api_key}"},
        timeout=urllib3.Timeout(connect=2, read=5),
        retries=False,
    )
    return str(answer.json()["public_key"])
