"""What all requests of one sandbox share."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from sandbox.faults import Faults
from sandbox.options import Options
from sandbox.store import Store
from sandbox.webhook import Courier


@dataclass(frozen=True)
class Sandbox:
    """The parts of a running sandbox; no courier: events are not sent."""

    options: Options
    store: Store
    faults: Faults
    courier: Courier | None


def the_sandbox() -> Sandbox:
    """The sandbox of the current request."""
    return cast(Sandbox, current_app.extensions["sandbox"])
