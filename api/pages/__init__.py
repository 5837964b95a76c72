"""What people see in a browser."""

from flask import Flask
from jinja2 import StrictUndefined

from api.pages import assets, console, intake, links, reports, start
from api.pages.faults import answer_unserved


def register(app: Flask) -> None:
    """Add every page to the application, which knows its House already (`app.extensions["waypoint"]`)."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["asset"] = assets.address_of
    console.set_up_sessions(app, app.extensions["waypoint"].settings)
    for group in (assets, start, intake, reports, links, console):
        app.register_blueprint(group.blueprint)
    answer_unserved(app)
