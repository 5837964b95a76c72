"""What a change would have to put back, as plain JSON values: how it was before, and how it left things."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Undo:
    """`before` and `after` by column name. Who undoes compares with `after` first: later changes stand."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
