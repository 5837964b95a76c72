"""The folder of `waypoint up`: its secrets, and the note by which others and the next start find it."""

import base64
import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from cli.processes import Identity


class HomeError(Exception):
    """The home can't be used; the text is one line for a person."""


@dataclass(frozen=True)
class Kept:
    """What is made once and kept in `secrets.json`. The two signing keys are PEM in base64, on one line."""

    secret_keys: str
    hash_pepper: str
    database_password: str
    broker_password: str
    sandbox_api_key: str
    sandbox_webhook_private_key: str

    @property
    def sandbox_webhook_public_key(self) -> str:
        """The verification key that belongs to the sandbox's private one, as SendGrid would show it."""
        key = load_pem_private_key(base64.b64decode(self.sandbox_webhook_private_key), password=None)
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()


@dataclass(frozen=True)
class Run:
    """A running system: who owns it, the settings it resolved, and its children by name."""

    owner: Identity
    settings: Mapping[str, str]
    children: Mapping[str, Identity] = field(default_factory=dict)


@dataclass(frozen=True)
class Home:
    """A home directory that exists. `folder` is absolute."""

    folder: Path

    @property
    def logs(self) -> Path:
        """Where each process's log lies, as `<name>.log`."""
        return self.folder / "log"

    @property
    def run(self) -> Path:
        """What belongs to one run only: pulses and beat's notes."""
        return self.folder / "run"

    def secrets(self) -> Kept:
        """The secrets of this home, made when absent. Raises HomeError when the file can't be understood."""
        path = self.folder / "secrets.json"
        if not path.exists():
            write_private(path, asdict(_made()))
        try:
            found = json.loads(path.read_text())
            return Kept(**{one.name: str(found[one.name]) for one in fields(Kept)})
        except (ValueError, KeyError, TypeError) as fault:
            raise HomeError(f"{path} is damaged ({fault}): restore it from a backup") from fault

    def note_run(self, run: Run) -> None:
        """Write down what runs, for other commands and for the next start."""
        write_private(self.folder / "run.json", asdict(run))

    def forget_run(self) -> None:
        """After a clean stop there is nothing to find."""
        (self.folder / "run.json").unlink(missing_ok=True)

    def noted_run(self) -> Run | None:
        """What the last start wrote down, whether it still runs or was killed; None if it stopped cleanly."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads((self.folder / "run.json").read_text())
            children = {name: Identity(**identity) for name, identity in found["children"].items()}
            return Run(Identity(**found["owner"]), found["settings"], children)
        return None

    def living_run(self) -> Run | None:
        """What runs in this home right now."""
        run = self.noted_run()
        return run if run is not None and run.owner.find() is not None else None


def write_private(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that only we can read, whole or not at all, so that no crash leaves half a file."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _made() -> Kept:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Kept(
        secret_keys=secrets.token_urlsafe(32),
        hash_pepper=secrets.token_urlsafe(32),
        database_password=secrets.token_urlsafe(24),
        broker_password=secrets.token_urlsafe(24),
        sandbox_api_key=f"SG.sandbox.{secrets.token_urlsafe(24)}",
        sandbox_webhook_private_key=base64.b64encode(pem).decode(),
    )
