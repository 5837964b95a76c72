"""Keeps what the children say in small files in the home, so that the terminal stays calm."""

import os
from pathlib import Path
from typing import BinaryIO

LARGEST = 5_000_000  # bytes; one older file of this size is kept beside it


def open_log(path: Path) -> BinaryIO:
    """Open a log for a child to append to; a large one is set aside as `<name>.1` first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST:
        path.replace(older(path))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def cap(path: Path) -> None:
    """Cut a log that a running child has made too large; what it said is kept as `<name>.1`.

    The child appends (O_APPEND), so it goes on at the new end. A line written in between may be lost.
    """
    if not path.exists() or path.stat().st_size <= LARGEST:
        return
    with path.open("rb+") as log:
        log.seek(-LARGEST, os.SEEK_END)
        older(path).write_bytes(log.read(LARGEST))  # no more, however fast the child writes
        log.truncate(0)


def older(path: Path) -> Path:
    """Where the set-aside part of a log lies."""
    return path.with_name(path.name + ".1")


def last_words(path: Path, start: int = 0) -> str:
    """The line that best says why a child gave up: its last FATAL or error line since byte `start`."""
    with path.open("rb") as log:
        log.seek(start)
        lines = log.read()[-20_000:].decode(errors="replace").splitlines()
    telling = [line for line in lines if any(sign in line for sign in ("FATAL", "PANIC", "rror"))]
    return (telling or lines or ["it said nothing"])[-1].strip()
