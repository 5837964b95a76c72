"""POST /v1/assessments takes a filled-in form; GET tells what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from api.access import current_key, needs_key
from api.house import here
from api.once import PARAMETER, answer_once
from api.schemas.assessments import AcceptedSchema, AssessmentResultSchema, AssessmentSchema
from coaching.domain.errors import Refused
from coaching.domain.scoring import Score
from coaching.usecases.read_assessment import AssessmentView, read_assessment
from coaching.usecases.submit import NewSubmission, submit_assessment

blueprint = Blueprint("assessments", __name__, url_prefix="/v1", description="Filled-in forms")


@blueprint.route("/assessments", methods=["POST"])
@needs_key("intake", "manage")
@blueprint.doc(summary="Submit an assessment", parameters=[PARAMETER])
@blueprint.arguments(AssessmentSchema)
@blueprint.response(202, AcceptedSchema, description="Stored; it will be scored within a second or so.")
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def submit(body: dict[str, Any]) -> Response:
    """Validate and store the form, with the client and the fact, before answering."""
    house, key = here(), current_key()
    new = _new_submission(body, firm=key.scope == "manage", default_zone=house.settings.default_time_zone)

    def work(session: Session, now: datetime) -> dict[str, Any]:
        done = submit_assessment(session, house.content, house.secrets, new, now=now)
        answer = {
            "id": str(done.submission_id),
            "status": "queued",
            "links": {
                "self": f"{house.settings.public_url}/v1/assessments/{done.submission_id}",
                "report": f"{house.settings.public_url}/report/{done.report_token}",
            },
        }
        return answer | ({"client_id": str(done.client_id)} if key.scope == "manage" else {})

    return answer_once(work, 202)


@blueprint.route("/assessments/<uuid:submission_id>", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="What became of an assessment")
@blueprint.response(200, AssessmentResultSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def show(submission_id: UUID) -> dict[str, Any]:
    """Return status and, once scored, every number with its band."""
    with here().database.transaction() as session:
        return _as_json(read_assessment(session, here().content, submission_id))


def _new_submission(body: dict[str, Any], *, firm: bool, default_zone: str) -> NewSubmission:
    client, consent = body["client"], body["consent"]
    if client["confirmed"] and not firm:
        raise Refused({"client.confirmed": ["Only a manage key may say that an address is confirmed."]})
    return NewSubmission(
        instrument=body["instrument"],
        version=body["version"],
        email=client["email"],
        name=client["name"].strip(),
        time_zone=client["time_zone"] or default_zone,
        stage=client["stage"],
        rhythm=client["rhythm"],
        answers=body["answers"],
        importance=body["importance"],
        timing_pages=tuple(body["timing"]["pages"]),
        question=body["question"],
        consent_profiling=consent["profiling"],
        consent_email=consent["email"],
        consent_text_version=consent["text_version"],
        source=body["source"],
        trust="firm" if firm else "public",
        confirmed=client["confirmed"],
    )


def _as_json(view: AssessmentView) -> dict[str, Any]:
    score = view.score
    return {
        "id": view.id,
        "client_id": view.client_id,
        "instrument": view.instrument.name,
        "version": view.instrument.version,
        "status": "queued" if score is None else "scored",
        "held": False,
        "accepted": view.accepted,
        "submitted_at": view.submitted_at,
        "rule_version": score.rule_version if score else None,
        "norms_version": score.norms_version if score else None,
        "dimensions": _dimensions(view, score) if score else None,
        "composite": score.composite if score else None,
        "composite_low": score.composite_low if score else None,
        "composite_high": score.composite_high if score else None,
        "profile": _profile(score) if score else None,
    }


def _dimensions(view: AssessmentView, score: Score) -> dict[str, Any]:
    return {
        one.key: {
            "name": view.instrument.dimension(one.key).name,
            "score": one.score,
            "answered": one.answered,
            "status": one.status,
            "low": one.low,
            "high": one.high,
            "band": one.band,
        }
        for one in score.dimensions
    }


def _profile(score: Score) -> dict[str, Any] | None:
    profile = score.profile
    if profile is None:
        return None
    return {
        "class_": profile.name,
        "certainty": profile.certainty,
        "probabilities": {
            "job": profile.p_job,
            "transition": profile.p_transition,
            "career": profile.p_career,
        },
        "neighbours": list(profile.neighbours),
    }
