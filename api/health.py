"""Is this process alive, can it take work, and how much work is there."""

import redis
from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api import errors
from api.house import here
from api.metrics import exposition

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Answer as long as the process does."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> Response:
    """Ready when the database answers; without the broker intake still works, so it is only degraded."""
    try:
        with here().database.transaction() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return errors.problem(
            503, "The database does not answer.", headers={"Retry-After": errors.RETRY_AFTER_S}
        )
    if not _broker_answers():
        return jsonify(status="degraded", broker="away")
    return jsonify(status="ready")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts for Prometheus; nothing personal."""
    return Response(exposition(here().database), content_type=CONTENT_TYPE_LATEST)


def _broker_answers() -> bool:
    client: redis.Redis = current_app.extensions.setdefault(
        "broker",
        redis.Redis.from_url(here().settings.redis_url, socket_timeout=0.5, socket_connect_timeout=0.5),
    )
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
