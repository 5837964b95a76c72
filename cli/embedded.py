"""The servers that come with Waypoint: another wheel, or a system's own, would take their place here."""

from cli.postgres import Postgres
from cli.shelter import EmbeddedError
from cli.valkey import Valkey

__all__ = ["EmbeddedError", "Postgres", "Valkey"]
