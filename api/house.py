"""The parts that every request uses, found from the running application."""

from typing import cast

from flask import current_app

from coaching.adapters.house import House, build_house

__all__ = ["House", "build_house", "here"]


def here() -> House:
    """Return the house of the application that serves this request."""
    return cast("House", current_app.extensions["waypoint"])
