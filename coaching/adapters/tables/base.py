"""What all tables share: key and time types, and the names of constraints."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, MetaData, Text, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

# UUIDv7 keys sort by time: new rows land at the end of an index instead of all over it.
Key = Annotated[
    UUID, mapped_column(postgresql.UUID(as_uuid=True), primary_key=True, server_default=func.uuidv7())
]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
RecordedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


class Base(DeclarativeBase):
    """The parent of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        UUID: postgresql.UUID(as_uuid=True),
    }


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Return the constraint that a text column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")
