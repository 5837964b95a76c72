"""Months of letters in memory: never at a bad hour, never early, never twice, never more than is bearable."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from coaching.domain import local_time
from coaching.domain.engine.attention import A_DAY, A_WEEK
from coaching.domain.engine.happenings import Acted, ContactMade, MilestoneChanged, Paused, Resumed
from coaching.domain.engine.state import Cadence, ClientState, MilestoneFacts, Pause, RelationshipFacts
from coaching.domain.local_time import Hours
from tests.support.imagined import Imagined, Went
from tests.support.states import client, plan

ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Apia",
)
BEGAN = datetime(2026, 9, 7, 10, 0, tzinfo=UTC)
KINDS = ("route-map", "evidence-file", "mentor-found", "stay-shift-leave-decision")
WEEKS = 12


@st.composite
def people(draw: st.DrawFn) -> ClientState:
    """A client whose plan began just now."""
    today = BEGAN.date()
    milestones = tuple(
        MilestoneFacts(
            UUID(int=100 + number),
            draw(st.sampled_from(KINDS)),
            "active",
            today + timedelta(days=days),
            draw(st.sampled_from((3, 7, 14))),
            decides=number == 0,
        )
        for number, days in enumerate(draw(st.lists(st.integers(1, 80), max_size=5)))
    )
    relationships = tuple(
        RelationshipFacts(
            UUID(int=200 + number),
            kind,
            "active",
            None if kind == "event" else days,
            today + timedelta(days=days) if kind == "event" else today,
            created_at=BEGAN,
        )
        for number, (kind, days) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.sampled_from(("mentor", "peer", "group", "event")), st.integers(1, 60)),
                    max_size=4,
                )
            )
        )
    )
    cadences = (Cadence("check_in", 14, 4, 30), Cadence("network", 7, count=2))
    return client(
        time_zone=draw(st.sampled_from(ZONES)),
        hours=Hours.of(draw(st.sampled_from(("12345 08:30-18:00", "67 10:00-12:00", "135 20:00-21:30")))),
        rhythm=draw(st.sampled_from(("weekly", "fortnightly", "monthly"))),
        plan=plan(approved_at=BEGAN, starts_on=today, cadences=cadences),
        milestones=milestones,
        relationships=relationships,
        confirmed_at=BEGAN - timedelta(days=1),
    )


DEEDS = st.lists(
    st.tuples(
        st.integers(0, WEEKS * 7 * 24),
        st.sampled_from(("act", "meet", "reach", "pause-skip", "pause-hold", "resume")),
    ),
    max_size=12,
).map(sorted)


def live(state: ClientState, deeds: list[tuple[int, str]]) -> Imagined:
    """Run through the weeks; the client does what is given at so many hours after the beginning."""
    life = Imagined(state, BEGAN)
    for hours, deed in deeds:
        life.run_until(BEGAN + timedelta(hours=hours))
        do(life, deed)
    life.run_until(BEGAN + timedelta(weeks=WEEKS))
    return life


def do(life: Imagined, deed: str) -> None:
    """Let the client do one thing now."""
    now = life.now
    today = local_time.local(now, life.state.time_zone).date()
    paused = any(one.ended_at is None for one in life.state.pauses)
    if deed == "act":
        life.happens(Acted(now))
    elif deed == "meet" and life.state.relationships:
        life.happens(ContactMade(life.state.relationships[0].id, today))
    elif deed == "reach" and life.state.milestones:
        life.happens(MilestoneChanged(life.state.milestones[0].id, "reached", reached_at=now))
    elif deed.startswith("pause") and not paused:
        life.happens(Paused(Pause(now, now + timedelta(days=9), deed.removeprefix("pause-"))))
    elif deed == "resume" and paused:
        life.happens(Resumed(now))


def local_dates(life: Imagined) -> list[int]:
    """Return the local dates of the letters that went, as ordinals."""
    return sorted(local_time.local(one.at, life.state.time_zone).date().toordinal() for one in life.went)


def is_at_a_decent_hour(one: Went, state: ClientState) -> bool:
    """Tell whether a letter went inside the client's hours."""
    return local_time.in_window(one.at, state.time_zone, state.hours)


@settings(deadline=None, max_examples=25)
@given(state=people(), deeds=DEEDS)
def test_whatever_happens_letters_are_bearable(state: ClientState, deeds: list[tuple[int, str]]) -> None:
    """In hours, not before it is due, one in a slot, one a local date, two in any seven."""
    life = live(state, deeds)
    assert all(is_at_a_decent_hour(one, state) for one in life.went)
    assert all(one.at >= one.letter.due_at for one in life.went)
    keys = Counter(one.letter.slot_key for one in life.went)
    keys.update(rider.slot_key for one in life.went for rider in one.riders)
    assert max(keys.values(), default=1) == 1
    dates = local_dates(life)
    assert max(Counter(dates).values(), default=0) <= A_DAY
    assert all(sum(day <= other < day + 7 for other in dates) <= A_WEEK for day in dates)


@settings(deadline=None, max_examples=25)
@given(state=people(), deeds=DEEDS)
def test_nothing_that_is_planned_is_forgotten(state: ClientState, deeds: list[tuple[int, str]]) -> None:
    """Whatever fell due more than three weeks ago went, rode, ended with a reason, or was called off."""
    life = live(state, deeds)
    old = [
        one
        for one in life.state.letters
        if one.state == "planned" and one.expires_at < life.now - timedelta(days=21)
    ]
    assert old == []


@settings(deadline=None, max_examples=25)
@given(state=people())
def test_who_never_answers_gets_seven_letters(state: ClientState) -> None:
    """Six go unanswered, one asks whether they are still useful, and that was the last."""
    life = live(state, [])
    assert len(life.went) <= 7
    assert [one.letter.template for one in life.went[6:]] in ([], ["still-useful"])


def test_a_mid_week_pause_skips_only_what_falls_due_in_it() -> None:
    """After nine days the next week comes as if nothing had been; the skipped one stays skipped."""
    state = client(
        plan=plan(approved_at=BEGAN, starts_on=BEGAN.date()),
        milestones=(MilestoneFacts(UUID(int=100), "route-map", "active", BEGAN.date() + timedelta(days=60)),),
    )
    life = live(state, [(24, "pause-skip")])
    weeks = [one.letter.slot_key for one in life.went if one.letter.template == "week"]
    assert weeks[:2] == ["week:2026-W39", "week:2026-W40"]
    assert [letter.slot_key for _, letter, _ in life.ended] == ["week:2026-W38"]
    assert time(8, 30) <= local_time.local(life.went[0].at, "Europe/Paris").time()
