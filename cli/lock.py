"""One owner at a time for a home: a lock that the kernel frees when its owner dies, however it dies."""

import fcntl
import os
from pathlib import Path
from typing import TextIO


class HeldError(Exception):
    """Another living process holds the lock; the text is one line for a person."""


def hold(home: Path, name: str) -> TextIO:
    """Take a home's lock `name`; closing the handle frees it. Raises HeldError, OSError."""
    make_home(home)
    handle = (home / f"{name}.lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        owner = handle.read().strip() or "unknown"
        handle.close()
        raise HeldError(f"{home} is in use by another start (process {owner}): stop that one first") from None
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle


def make_home(home: Path) -> None:
    """Make the home: private, but root lets the account that runs PostgreSQL pass through to its data."""
    if not home.is_dir():
        home.mkdir(parents=True)
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
