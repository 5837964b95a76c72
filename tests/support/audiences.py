"""Random clients with all that filters may ask of, put straight into the tables."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.addresses import mailbox_key
from coaching.domain.audience_fields import CERTAINTIES
from coaching.domain.clients import RHYTHMS, STAGES
from coaching.domain.instruments import BANDS
from coaching.domain.ledger import PAUSE_ENDINGS
from coaching.domain.plan_words import MILESTONE_STATES, RELATIONSHIP_KINDS, RELATIONSHIP_STATES
from coaching.domain.scoring import PROFILES
from tests.support.drips import put_sequence
from tests.support.ledger import put_client

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
# Far apart: at nearly every moment it is another date in some of them.
ZONES = ("Europe/Paris", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/St_Johns")
DIMENSIONS = ("networks", "skills", "horizon")
KINDS = ("route-map", "two-talks")
TAGS = ("cohort-3", "tech", "Tech")
COACHES = ("maren@firm.example.test", "jo@firm.example.test")
SCOPES = ("all", "letters", "drip", "transactional")
SCORES = (0, 39.5, 40, 40.000000000000007, 100)
_DAY, _TICK = timedelta(days=1), timedelta(microseconds=1)
# How long ago something was: whole days and a tick more or less, where the comparisons turn.
ages = st.tuples(st.sampled_from((0, 1, 2, 5, 7, 30, 31)), st.sampled_from((-1, 0, 1))).map(
    lambda drawn: drawn[0] * _DAY + drawn[1] * _TICK
)
# How long ago somebody entered a sequence: about a year, where they may enter it again.
year_ages = st.tuples(st.sampled_from((0, 364, 365, 366)), st.sampled_from((-1, 0, 1))).map(
    lambda drawn: drawn[0] * _DAY + drawn[1] * _TICK
)
dates = st.sampled_from((-31, -30, -8, -7, -2, -1, 0, 1, 2, 7, 30))
scores = st.fixed_dictionaries(
    {
        "composite": st.none() | st.sampled_from(SCORES),
        "profile": st.none() | st.sampled_from(PROFILES),
        "certainty": st.none() | st.sampled_from(CERTAINTIES),
        "dimensions": st.dictionaries(
            st.sampled_from(DIMENSIONS),
            st.tuples(st.none() | st.sampled_from(SCORES), st.sampled_from(BANDS)),
        ),
    }
)
forms = st.fixed_dictionaries(
    {
        "age": ages,
        "known": st.booleans(),
        "firm": st.booleans(),
        "verdict": st.sampled_from((None, "accepted_at", "disowned_at")),
        "scores": st.lists(scores, max_size=2),
    }
)
milestones = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "state": st.sampled_from(MILESTONE_STATES),
        "dimension": st.none() | st.sampled_from(DIMENSIONS),
        "due": dates,
    }
)
plans = st.fixed_dictionaries(
    {
        "state": st.sampled_from(("draft", "active", "completed", "superseded")),
        "drafted": st.none() | st.lists(st.sampled_from(DIMENSIONS), unique=True),
        "taken": st.none() | st.lists(st.sampled_from(DIMENSIONS), unique=True),
        "form": forms,
        "score": scores,
        "milestones": st.lists(milestones, max_size=4),
    }
)
relationships = st.tuples(
    st.sampled_from(RELATIONSHIP_KINDS), st.sampled_from(RELATIONSHIP_STATES), st.none() | dates
)
# When it began, how long it was meant to last, and when it ended: mostly about now.
about_now = st.sampled_from((timedelta(0), -_TICK, _TICK, _DAY, _DAY + _TICK, 5 * _DAY))
pauses = st.tuples(
    st.sampled_from(PAUSE_ENDINGS),
    about_now,
    st.none() | about_now,
    st.sampled_from((None, None, timedelta(0), _TICK)),
)
lives = st.fixed_dictionaries(
    {
        "zone": st.sampled_from(ZONES),
        "stage": st.none() | st.sampled_from(STAGES),
        "rhythm": st.sampled_from(RHYTHMS),
        "tags": st.lists(st.sampled_from(TAGS), unique=True),
        "coach": st.none() | st.sampled_from(COACHES),
        "created": ages,
        "acted": st.none() | ages,
        "confirmed": st.booleans(),
        "consents": st.lists(st.tuples(st.sampled_from(("letters", "profiling")), st.booleans()), max_size=4),
        "suppressed": st.dictionaries(st.sampled_from(SCOPES), st.booleans(), max_size=2),
        "pauses": st.lists(pauses, max_size=2),
        "letters": st.lists(ages, max_size=3),
        "relationships": st.lists(relationships, max_size=3),
        "forms": st.lists(forms, max_size=2),
        # There is never more than one plan that runs.
        "plans": st.lists(plans, max_size=2).filter(
            lambda many: sum(one["state"] == "active" for one in many) < 2
        ),
        "enrollments": st.lists(
            st.tuples(
                st.sampled_from(DIMENSIONS), st.sampled_from(("active", "held_out", "ended")), year_ages
            ),
            max_size=2,
            unique_by=lambda one: one[0],
        ),
    }
)
moments = st.integers(0, 48 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


def put_life(session: Session, secrets: Secrets, number: int, life: dict[str, Any], now: datetime) -> UUID:
    """Add a client who has lived so until `now`."""
    client_id = put_client(
        session,
        secrets,
        f"c{number}@example.test",
        time_zone=life["zone"],
        stage=life["stage"],
        rhythm=life["rhythm"],
        tags=life["tags"],
        coach_id=_coach(session, life["coach"]),
        created_at=now - life["created"],
        last_acted_at=None if life["acted"] is None else now - life["acted"],
        confirmed_at=now if life["confirmed"] else None,
    )
    for place, (purpose, granted) in enumerate(life["consents"]):
        given = {"purpose": purpose, "granted": granted, "text_version": "1", "source": "test"}
        session.add(tables.Consent(client_id=client_id, at=now - place // 2 * _DAY, **given))
    session.add_all(_standing(session.get_one(tables.Client, client_id), life, now))
    for one in life["forms"]:
        _put_form(session, client_id, one, now)
    for place, one in enumerate(life["plans"]):
        _put_plan(session, client_id, one, now - place * _DAY)
    session.add_all(_ways(session, client_id, life["enrollments"], now))
    session.flush()
    return client_id


def _standing(client: tables.Client, life: dict[str, Any], now: datetime) -> Iterator[tables.Base]:
    for scope, lifted in life["suppressed"].items():
        said = {"scope": scope, "reason": "test", "source": "test", "lifted_at": now if lifted else None}
        yield tables.Suppression(address_hash=client.address_hash, at=now, **said)
    yield from _pauses(client.id, life["pauses"], now)
    for place, age in enumerate(life["letters"]):
        slot = {"local_date": (now - place * _DAY).date(), "message_id": uuid4(), "taken_at": now - age}
        yield tables.AttentionSlot(client_id=client.id, **slot)
    for kind, state, contact in life["relationships"]:
        on = None if contact is None else (now + contact * _DAY).date()
        one = {"kind": kind, "state": state, "last_contact_on": on}
        yield tables.Relationship(client_id=client.id, name="Sam", starts_on=now.date(), **one)


def _ways(session: Session, client_id: UUID, cases: list[Any], now: datetime) -> Iterator[tables.Enrollment]:
    for name, state, age in cases:
        put_sequence(session, now, name=name)
        over = {"ended_at": now, "end_reason": "completed"} if state == "ended" else {}
        way = {"sequence": name, "version": 1, "state": state, "started_at": now - age, "actor": "test"}
        yield tables.Enrollment(client_id=client_id, **way, **over)


def _pauses(client_id: UUID, cases: list[Any], now: datetime) -> Iterator[tables.Pause]:
    """Only one of them may be open; one that begins only later is none yet."""
    for place, (ending, age, lasts, over) in enumerate(cases):
        began_at = now - age
        until_at = began_at + lasts if lasts is not None and lasts > timedelta(0) else None
        ended_at = now - over if over is not None else now if place else None
        times = {"began_at": began_at, "until_at": until_at, "ended_at": ended_at}
        yield tables.Pause(client_id=client_id, ending=ending, actor="test", **times)


def _coach(session: Session, email: str | None) -> UUID | None:
    if email is None:
        return None
    coach_id = UUID(int=COACHES.index(email) + 1)
    session.merge(tables.Coach(id=coach_id, email=email.title(), email_key=mailbox_key(email), name="Coach"))
    session.flush()
    return coach_id


def _put_form(session: Session, client_id: UUID, case: dict[str, Any], now: datetime) -> tables.Submission:
    row = tables.Submission(
        client_id=client_id,
        instrument="job-career",
        version=1,
        answers={},
        claimed={},
        letters_wanted=True,
        known_address=case["known"],
        source="test",
        trust="firm" if case["firm"] else "public",
        at=now - case["age"],
    )
    if case["verdict"]:
        setattr(row, case["verdict"], now)
    session.add(row)
    session.flush()
    for place, one in enumerate(case["scores"]):
        _put_score(session, row, one, f"norms-{place}", now)
    return row


def _put_score(
    session: Session, form: tables.Submission, case: dict[str, Any], norms: str, now: datetime
) -> tables.Score:
    dimensions = [
        {"key": key, "score": number, "band": band} for key, (number, band) in case["dimensions"].items()
    ]
    row = tables.Score(
        submission_id=form.id,
        rule_version="scoring-1",
        norms_version=norms,
        composite=case["composite"],
        profile=case["profile"],
        certainty=case["certainty"],
        result={"dimensions": dimensions},
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def _put_plan(session: Session, client_id: UUID, case: dict[str, Any], at: datetime) -> None:
    form = _put_form(session, client_id, case["form"], at)
    score = _put_score(session, form, case["score"], "of-the-plan", at)
    ran = case["state"] in ("active", "completed")
    row = tables.Plan(
        client_id=client_id,
        submission_id=form.id,
        score_id=score.id,
        rules="job-career",
        rules_version=1,
        state=case["state"],
        coach_confirms_first=False,
        draft={} if case["drafted"] is None else {"focus": case["drafted"]},
        focus=case["taken"],
        approved_at=at if ran else None,
        completed_at=at if case["state"] == "completed" else None,
    )
    session.add(row)
    session.flush()
    for place, one in enumerate(case["milestones"]):
        session.add(
            tables.Milestone(
                plan_id=row.id,
                client_id=client_id,
                kind=one["kind"],
                dimension=one["dimension"],
                position=place,
                title="A step",
                detail="",
                why="A test wants it.",
                state=one["state"],
                due_on=(at + one["due"] * _DAY).date(),
                reached_at=at if one["state"] == "reached" else None,
            )
        )
