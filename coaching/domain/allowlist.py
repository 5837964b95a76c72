"""Whom an installation may write to at all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Allowlist:
    """Everyone, or only those listed. An entry is an address, or a domain written as '@example.test'."""

    entries: frozenset[str] | None = None

    @classmethod
    def of(cls, entries: tuple[str, ...]) -> "Allowlist":
        """Return a list of these entries, in whatever case."""
        return cls(frozenset(entry.casefold() for entry in entries))

    def __call__(self, address: str) -> bool:
        """Tell whether this address may be written to."""
        if self.entries is None:
            return True
        own = address.casefold()
        return own in self.entries or "@" + own.rpartition("@")[2] in self.entries
