"""The keys that sign links and the pepper that hides addresses, held together and never printed."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secrets:
    """`keys`: the first signs, all verify. `pepper`: never changes, or suppressions are forgotten."""

    keys: tuple[str, ...] = field(repr=False)
    pepper: str = field(repr=False)
