"""Keeps the mailbox in a file (SQLite), so that a restart finds it again; only changes are written."""

import json
import logging
import sqlite3
import threading
from contextlib import closing
from datetime import datetime
from multiprocessing.util import Finalize
from pathlib import Path

from sandbox.store import AcceptedMail, Store

EVERY_S = 2.0

_TABLE = """
CREATE TABLE IF NOT EXISTS mail (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL,
    recipients TEXT NOT NULL, message_ids TEXT NOT NULL,
    packed INTEGER NOT NULL, gone INTEGER NOT NULL, body BLOB NOT NULL
)"""
_INSERT = """
INSERT INTO mail (id, at, recipients, message_ids, packed, gone, body) VALUES (?, ?, ?, ?, ?, ?, ?)"""

log = logging.getLogger(__name__)


class Keeper:
    """Writes what the store holds to a file that only its owner may read."""

    def __init__(self, path: Path, store: Store) -> None:
        self._path = path
        self._store = store
        self._lock = threading.Lock()
        self._version = 0
        self._written: dict[str, int] = {}

    def load(self) -> None:
        """Fill the store from the file; one that can't be read is put aside under another name."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        try:
            self._read_all()
        except (sqlite3.DatabaseError, ValueError) as error:
            aside = self._path.with_name(self._path.name + ".unreadable")
            self._path.replace(aside)
            self._path.touch(mode=0o600)
            self._store.clear()
            log.warning("%s can't be read (%s); it is now %s", self._path.name, error, aside.name)
            self._read_all()
        self._version = self._store.version

    def _read_all(self) -> None:
        self._written = {}
        with closing(self._connect()) as connection:
            rows = connection.execute(
                "SELECT id, at, recipients, message_ids, packed, gone, body FROM mail ORDER BY number"
            )
            for mail_id, at, recipients, message_ids, packed, gone, body in rows:
                mail = AcceptedMail(
                    id=mail_id,
                    at=datetime.fromisoformat(at),
                    recipients=[(index, address) for index, address in json.loads(recipients)],
                    message_ids=json.loads(message_ids),
                    stored_body=body,
                    packed=bool(packed),
                    gone=gone,
                )
                self._written[mail_id] = gone
                self._store.restore(mail)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10)
        connection.execute("PRAGMA auto_vacuum = FULL")  # what is deleted leaves the file
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(_TABLE)
        return connection

    def save(self) -> None:
        """Write what has changed since the last time, all of it or nothing."""
        with self._lock:
            version = self._store.version
            if version == self._version:
                return
            mails = {mail.id: mail for mail in self._store.mails()}
            new = [mail for mail in mails.values() if mail.id not in self._written]
            gone = [(mail_id,) for mail_id in self._written if mail_id not in mails]
            fewer = [
                (mail.gone, mail.id)
                for mail in mails.values()
                if self._written.get(mail.id, mail.gone) != mail.gone
            ]
            with closing(self._connect()) as connection, connection:
                connection.executemany("DELETE FROM mail WHERE id = ?", gone)
                connection.executemany("UPDATE mail SET gone = ? WHERE id = ?", fewer)
                connection.executemany(_INSERT, map(_row, new))
            self._written = {mail.id: mail.gone for mail in mails.values()}
            self._version = version

    def start(self) -> None:
        """Save every few seconds from now on, and once more when the process ends.

        A worker process of Granian runs no atexit functions but does run multiprocessing's.
        """
        Finalize(None, self._try_to_save, exitpriority=10)
        threading.Thread(target=self._save_now_and_then, name="keeper", daemon=True).start()

    def _save_now_and_then(self) -> None:
        pause = threading.Event()
        while not pause.wait(EVERY_S):
            self._try_to_save()

    def _try_to_save(self) -> None:
        try:
            self.save()
        except (sqlite3.Error, OSError) as error:
            log.warning("the mailbox could not be written: %s", error)


def _row(mail: AcceptedMail) -> tuple[str, str, str, str, bool, int, bytes]:
    return (
        mail.id,
        mail.at.isoformat(),
        json.dumps(mail.recipients),
        json.dumps(mail.message_ids),
        mail.packed,
        mail.gone,
        mail.stored_body,
    )
