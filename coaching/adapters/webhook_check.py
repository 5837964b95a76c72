"""Is this report from SendGrid? Its package checks the signature; the gaps it leaves are closed here."""

import logging
import threading
from datetime import datetime, timedelta

import urllib3
from sendgrid.helpers.eventwebhook import EventWebhook

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
# SendGrid repeats a report for up to 24 hours; receipts are kept once each, so a replay changes nothing.
OLDEST = timedelta(hours=25)
AHEAD = timedelta(minutes=5)
_log = logging.getLogger(__name__)


class WebhookCheck:
    """Verifies reports with the public key that was set, or else the one that the mail host gives out."""

    def __init__(self, public_key: str | None, host: str, api_key: str) -> None:
        self._verifier = EventWebhook(public_key) if public_key else None
        self._host = host.rstrip("/")
        self._api_key = api_key
        self._lock = threading.Lock()

    def is_genuine(self, body: bytes, signature: str | None, timestamp: str | None, *, now: datetime) -> bool:
        """Tell whether SendGrid signed these raw bytes lately; whatever is malformed is not genuine."""
        if not signature or not timestamp or not _is_recent(timestamp, now):
            return False
        try:
            return bool(self._known().verify_signature(body.decode(), signature, timestamp))
        except (ValueError, TypeError) as error:
            # The package raises for a malformed signature; undecodable bytes were not signed as JSON.
            _log.info("report not verified: %s", type(error).__name__)
            return False

    def _known(self) -> EventWebhook:
        with self._lock:
            if self._verifier is None:
                self._verifier = EventWebhook(_ask_for_key(self._host, self._api_key))
            return self._verifier


def _ask_for_key(host: str, api_key: str) -> str:
    answer = urllib3.request(
        "GET",
        f"{host}/v3/user/webhooks/event/settings/signed",
        headers={"Authorization": f"Bearer {api_key}"},
        timeout=urllib3.Timeout(connect=2, read=5),
        retries=False,
    )
    return str(answer.json()["public_key"])


def _is_recent(timestamp: str, now: datetime) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    age = now.timestamp() - int(timestamp)
    return -AHEAD.total_seconds() <= age <= OLDEST.total_seconds()
