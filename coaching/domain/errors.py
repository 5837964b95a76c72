"""What can go wrong in the terms of the house; each door turns these into its own words."""

from collections.abc import Mapping, Sequence

FieldErrors = Mapping[str, Sequence[str]]


class WaypointError(Exception):
    """Something the caller can understand and mend."""


class NotFound(WaypointError):
    """There is no such thing, or it may not be seen with this key or link."""


class Refused(WaypointError):
    """The input is well formed but can't be accepted; `errors` names each field and says why."""

    def __init__(self, errors: FieldErrors) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(said)}" for field, said in errors.items()))
        self.errors = errors


class Conflict(WaypointError):
    """The thing exists already, or the same request is under way; `details` goes to the caller."""

    def __init__(self, message: str, **details: str) -> None:
        super().__init__(message)
        self.details = details


class NotAllowed(WaypointError):
    """The caller is known but has no right to this."""
