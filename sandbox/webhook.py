"""Posts signed events to the sender's webhook and repeats each batch until it is taken, like SendGrid."""

import heapq
import itertools
import json
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import urllib3

from sandbox.events import Event, Report
from sandbox.faults import Faults
from sandbox.signing import SigningKey

MOST_EVENTS = 500
MOST_BYTES = 750_000
# Receipts that wait; beyond this the oldest are forgotten rather than the machine's memory used up.
MOST_WAITING_BYTES = 128 * 1024 * 1024
MOST_REPEATED = 20
GIVE_UP_S = 24 * 3600
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
TIMEOUT = urllib3.Timeout(connect=3, read=10)

log = logging.getLogger(__name__)


@dataclass(order=True)
class Batch:
    """Events that travel together; ordered by when they are due."""

    due: float
    number: int
    body: bytes = field(compare=False)
    born: float = field(compare=False)
    tries: int = field(default=0, compare=False)


class Courier:
    """One background thread, started with the first event, that ends with the process."""

    def __init__(
        self,
        url: str,
        key: SigningKey,
        faults: Faults,
        *,
        linger_s: float = 0.1,
        late_s: float = 5.0,
        most_waiting_bytes: int = MOST_WAITING_BYTES,
    ) -> None:
        self._url = url
        self._key = key
        self._faults = faults
        self._linger_s = linger_s
        self._late_s = late_s
        self._most_waiting_bytes = most_waiting_bytes
        self._http = urllib3.PoolManager(maxsize=1, retries=False)
        self._wake = threading.Condition()
        self._reports: deque[Report] = deque()
        self._waiting_bytes = 0
        self._batches: list[Batch] = []
        self._open: Iterator[Event] = iter(())
        self._more = False
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._failing = False
        self._closed = False

    def add(self, report: Report) -> None:
        """Queue the events of a request; they leave a moment later, together with others."""
        with self._wake:
            self._reports.append(report)
            self._waiting_bytes += len(report.recipients)
            while self._waiting_bytes > self._most_waiting_bytes and len(self._reports) > 1:
                self._waiting_bytes -= len(self._reports.popleft().recipients)
                log.warning("too many events wait for the webhook; the oldest are forgotten")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
                self._thread.start()
            self._wake.notify()

    def wake(self) -> None:
        """Look again: the faults have changed."""
        with self._wake:
            self._wake.notify()

    def close(self) -> None:
        """Stop at once; what has not been taken yet is forgotten."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread:
            self._thread.join()
        self._http.clear()

    def _run(self) -> None:
        while not self._closed:
            with self._wake:
                while not self._closed and (pause := self._pause()) != 0:
                    self._wake.wait(pause)
            if not self._closed:
                self._step()

    def _pause(self) -> float | None:
        """Seconds until there is something to do; None: until someone wakes us."""
        if self._faults.plan.webhook == "off":
            return None
        if (self._more or self._reports) and len(self._batches) < MOST_REPEATED:
            return 0
        return max(0, self._batches[0].due - time.monotonic()) if self._batches else None

    def _step(self) -> None:
        if not self._batches or self._batches[0].due > time.monotonic():
            if not self._more:
                time.sleep(self._linger_s)
            for batch in self._fresh_batches():
                heapq.heappush(self._batches, batch)
        elif not self._post(self._batches[0]):
            self._put_off(heapq.heappop(self._batches))
        else:
            heapq.heappop(self._batches)

    def _fresh_batches(self) -> list[Batch]:
        """The next events, as batches; a webhook fault decides how many and in which order."""
        events = self._next_events()
        if not events:
            return []
        mode = self._faults.plan.webhook
        if mode == "shuffle":
            # Later events first, and those of one letter in two posts, so that disorder is certain.
            secrets.SystemRandom().shuffle(events)
            events.sort(key=lambda event: event["event"] == "processed")
            middle = (len(events) + 1) // 2
            return [self._batch(half) for half in (events[:middle], events[middle:]) if half]
        if mode == "duplicate":
            return [self._batch(events), self._batch(_again(events))]
        return [self._batch(events, delay_s=self._late_s if mode == "late" else 0)]

    def _batch(self, events: list[Event], *, delay_s: float = 0) -> Batch:
        now = time.monotonic()
        return Batch(now + delay_s, next(self._numbers), json.dumps(events).encode(), born=now)

    def _next_events(self) -> list[Event]:
        events: list[Event] = []
        size = 0
        self._more = True
        while len(events) < MOST_EVENTS and size < MOST_BYTES:
            event = next(self._open, None)
            if event is not None:
                events.append(event)
                size += sum(len(str(value)) + 20 for value in event.values())
            elif not self._open_next():
                break
        return events

    def _open_next(self) -> bool:
        with self._wake:
            if not self._reports:
                self._more = False
                return False
            report = self._reports.popleft()
            self._waiting_bytes -= len(report.recipients)
        self._open = report.events()
        return True

    def _post(self, batch: Batch) -> bool:
        """Whether the webhook took it: any 2xx."""
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Signature": self._key.sign(timestamp, batch.body),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }
        try:
            answer = self._http.request("POST", self._url, body=batch.body, headers=headers, timeout=TIMEOUT)
            outcome = f"answered {answer.status}"
            taken = 200 <= answer.status < 300
        except urllib3.exceptions.HTTPError as error:
            outcome, taken = f"failed: {type(error).__name__}", False
        if taken == self._failing:
            log.warning("the webhook takes events again" if taken else f"the webhook {outcome}; trying again")
        self._failing = not taken
        return taken

    def _put_off(self, batch: Batch) -> None:
        now = time.monotonic()
        if now - batch.born > GIVE_UP_S:
            log.warning("a batch of events was not taken for a day; it is given up")
            return
        batch.due = now + min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**batch.tries)
        batch.tries += 1
        heapq.heappush(self._batches, batch)


def _again(events: list[Event]) -> list[Event]:
    """The same events; every second one under a new sg_event_id, as SendGrid has been seen to do."""
    return [
        {**event, "sg_event_id": f"{event['sg_event_id']}-again"} if number % 2 else event
        for number, event in enumerate(events)
    ]
