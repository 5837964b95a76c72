"""The HTTP door: JSON for programs under /v1, pages for people."""

from flask import Flask

from api import access, errors, openapi
from api.assessments import blueprint as assessments
from api.audiences import blueprint as audiences
from api.clients import blueprint as clients
from api.contact_requests import blueprint as contact_requests
from api.events import blueprint as events
from api.health import blueprint as health
from api.hooks import blueprint as hooks
from api.house import House, build_house
from api.limits import RateLimits
from api.metrics import measure
from api.milestones import blueprint as milestones
from api.outcomes import blueprint as outcomes
from api.pages import register as register_pages
from api.pauses import blueprint as pauses
from api.plans import blueprint as plans
from api.rehearsals import blueprint as rehearsals
from api.relationships import blueprint as relationships
from api.replies import blueprint as replies
from api.sequences import blueprint as sequences
from api.timeline import blueprint as timeline
from coaching.settings import TEMPLATES, Settings


def create_app(settings: Settings, house: House | None = None) -> Flask:
    """Build the application; `house` takes the place of the one that the settings describe, in tests."""
    app = Flask(__name__, template_folder=str(TEMPLATES / "web"), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = errors.MOST_BODY_BYTES + 1
    app.config["MAX_FORM_MEMORY_SIZE"] = errors.MOST_BODY_BYTES
    app.extensions["waypoint"] = house or build_house(settings)
    app.extensions["rate_limits"] = RateLimits(settings)
    api = openapi.describe(app)
    errors.answer_with_problems(app)
    access.guard(app)
    measure(app)
    for blueprint in (
        assessments,
        audiences,
        clients,
        events,
        plans,
        pauses,
        milestones,
        timeline,
        relationships,
        rehearsals,
        sequences,
        outcomes,
        contact_requests,
        replies,
    ):
        api.register_blueprint(blueprint)
    for plain in (hooks, health):
        app.register_blueprint(plain)
    register_pages(app)
    return app
