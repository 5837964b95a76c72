"""The first page of the site."""

from flask import Response

from api.house import here
from api.pages.faults import page_group
from api.pages.frame import show

FIRST_INSTRUMENT = "job-career"

blueprint = page_group("start")


@blueprint.get("/")
def start() -> Response:
    """Say what this is and where to begin."""
    return show("start.html", instrument=here().content.instrument(FIRST_INSTRUMENT))
