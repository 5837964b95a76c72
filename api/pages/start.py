"""The first page of the site."""

from flask import Blueprint, Response

from api.pages.frame import TEMPLATE_FOLDER, house, show

FIRST_INSTRUMENT = "job-career"

blueprint = Blueprint("start", __name__, template_folder=TEMPLATE_FOLDER)


@blueprint.get("/")
def start() -> Response:
    """Say what this is and where to begin."""
    return show("start.html", instrument=house().content.instrument(FIRST_INSTRUMENT))
