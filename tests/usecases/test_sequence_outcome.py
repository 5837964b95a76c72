"""What became of a sequence, counted from what the database holds."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from coaching.adapters.secrets import Secrets
from coaching.domain.engine.sequence_slots import goal_reached_at
from coaching.domain.engine.state import EnrollmentFacts, LifeFact
from coaching.domain.errors import NotFound
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequence_outcome import Outcome, StepCounts, Tally
from coaching.usecases.sequence_outcome import sequence_outcome
from tests.support.outcomes import DAY, FACTS, TICK, Study
from tests.support.states import client


@pytest.fixture
def study(session: Session, secrets: Secrets, now: datetime) -> Study:
    """The sequence on networks, version 1, with a goal and one of ten left alone."""
    study = Study(session, secrets, now)
    study.publish()
    return study


def told(study: Study, version: int | None = None) -> Outcome:
    """Return the outcome as it stands."""
    return sequence_outcome(study.session, "networks", version, now=study.now)


def rates(study: Study, version: int | None = None) -> tuple[Tally, Tally]:
    """Return how many reached the goal, let in and left alone."""
    goal = told(study, version).goal
    assert goal is not None
    return goal.entered, goal.held_out


def see(study: Study) -> StepCounts:
    """Return the counts of the first step."""
    return told(study).steps[0]


def test_ways_are_counted_by_what_became_of_them(study: Study) -> None:
    """Let in, by hand among them, left alone, under way, and ended by reason, the most frequent first."""
    study.let_in()
    study.let_in(actor="key:1")
    for reason in ("replied", "completed", "completed"):
        study.let_in(end_reason=reason)
    study.leave_alone()
    ways = told(study).ways
    assert (ways.entered, ways.by_hand, ways.held_out, ways.under_way) == (5, 1, 1, 2)
    assert list(ways.ended.items()) == [("completed", 2), ("replied", 1)]


def test_other_sequences_count_for_nothing(study: Study) -> None:
    """Neither their clients nor their letters."""
    study.publish(name="skills")
    study.sent(study.let_in(sequence="skills"))
    assert told(study).ways.entered == 0
    assert see(study).planned == 0


def test_letters_are_counted_by_step(study: Study) -> None:
    """Planned, gone, skipped; steps that nobody has come to stand there with noughts."""
    ways = [study.let_in() for _ in range(8)]
    study.letter(ways[0])
    study.sent(ways[1])
    study.sent(ways[2], state="uncertain")
    for way, state in zip(ways[3:6], ("skipped", "expired", "failed"), strict=True):
        study.letter(way, state=state, outcome=state)
    study.letter(ways[6], state="cancelled", outcome="called_off")
    study.sent(ways[1], "try")
    assert told(study).steps == [
        StepCounts("see", "networks-see", planned=6, sent=1, skipped=3),
        StepCounts("try", "networks-try", planned=1, sent=1),
        StepCounts("keep", "networks-keep"),
    ]
    assert see(study).to_come == 2


def test_what_rides_in_another_letter_is_sent_with_it(study: Study) -> None:
    """Before its host has gone it is still to come."""
    first, second = study.let_in(), study.let_in()
    host = study.sent(first, "try")
    study.letter(first, state="merged", merged_into=host)
    study.letter(second, state="merged", merged_into=study.letter(second, "try"))
    assert (see(study).planned, see(study).sent, see(study).to_come) == (2, 1, 1)


def test_acts_are_buttons_wishes_and_clicks_of_people(study: Study) -> None:
    """A letter counts once; not by a machine's click, an open, or a deed that was undone."""
    letters = [(way, study.sent(way)) for way in (study.let_in() for _ in range(7))]
    study.clicked(letters[0][1], machine=True)
    study.clicked(letters[1][1], "open")
    study.did(*letters[2], undone_at=study.now)
    study.clicked(letters[3][1], "delivered")
    study.asked_to_talk(letters[3][0], study.letter(letters[3][0], "try"))
    assert see(study).acted_on == 0
    study.clicked(letters[4][1])
    study.clicked(letters[4][1], link=b"1")
    study.did(*letters[4])
    study.did(*letters[5])
    study.asked_to_talk(*letters[6])
    assert see(study).acted_on == 3


def test_the_goal_is_reached_within_its_days_after_the_start(study: Study) -> None:
    """Not by the fact that let them in, nor a moment too late; the last moment of the last day counts."""
    for days in (-1, 0, TICK, 90, 90 + TICK, 95):
        study.happened(study.let_in(), days=days)
    assert rates(study) == (Tally(counted=6, reached=2), Tally())


def test_only_the_goals_own_facts_reach_it(study: Study) -> None:
    """Another kind, another dimension or none; twice is once."""
    study.happened(study.let_in(), "milestone_started")
    study.happened(study.let_in(), data={"dimension": "skills"})
    study.happened(study.let_in(), data={})
    way = study.let_in()
    study.happened(way, days=3)
    study.happened(way, days=4)
    assert rates(study)[0] == Tally(counted=4, reached=1)


def test_a_goal_may_be_any_of_several_facts(session: Session, secrets: Secrets, now: datetime) -> None:
    """One of them without a dimension takes facts about any."""
    study = Study(session, secrets, now)
    study.publish(goal={"facts": [*FACTS, {"event": "contact_made"}], "within_days": 90})
    study.happened(study.let_in(), "contact_made")
    study.happened(study.let_in())
    study.let_in()
    assert rates(study)[0] == Tally(counted=3, reached=2)


def test_left_alone_are_counted_by_the_same_rule(study: Study) -> None:
    """The same fact in the same days, counted from when they would have been let in."""
    study.happened(study.leave_alone(), days=89)
    study.happened(study.leave_alone(), days=91)
    study.leave_alone()
    assert rates(study) == (Tally(), Tally(counted=3, reached=1))


def test_whose_days_are_not_over_is_too_early_in_both_groups(study: Study) -> None:
    """Even if they have reached it: only the quick would be counted. At the end of the days they count."""
    study.happened(study.let_in(days_ago=89))
    study.happened(study.leave_alone(days_ago=20))
    study.happened(study.let_in(days_ago=90))
    assert rates(study) == (Tally(1, 1, too_early=1), Tally(too_early=1))


def test_whatever_became_of_the_letters_a_client_counts(study: Study) -> None:
    """Who unsubscribed at once was let in all the same: nobody is chosen by what came after."""
    study.let_in(end_reason="unsubscribed")
    study.let_in(end_reason="goal")
    assert rates(study)[0].counted == 2


def test_who_was_let_in_by_hand_is_not_compared(study: Study) -> None:
    """A person chose them; one who was left alone before still counts as that."""
    alone = study.leave_alone()
    study.happened(study.let_in(actor="key:1", client_id=alone.client_id))
    study.happened(study.let_in(actor="key:1"))
    assert rates(study) == (Tally(), Tally(counted=1, reached=1))


def test_each_client_counts_once_with_the_first_way(study: Study) -> None:
    """Ways through are counted each, clients for the rate once."""
    first = study.let_in(days_ago=390, end_reason="completed")
    study.happened(study.let_in(client_id=first.client_id))
    assert told(study).ways.entered == 2
    assert rates(study)[0] == Tally(counted=1, reached=0)


def test_left_alone_and_ended_by_hand_is_still_left_alone(study: Study) -> None:
    """What chance has placed stays where it was placed."""
    study.leave_alone(end_reason="withdrawn")
    study.let_in(end_reason="withdrawn")
    assert rates(study) == (Tally(counted=1), Tally(counted=1))
    assert dict(told(study).ways.ended) == {"withdrawn": 1}


def test_ended_by_hand_is_left_alone_only_if_it_was_this_way(study: Study) -> None:
    """Neither another fact about it, nor that they were left alone by another sequence, says so."""
    way = study.let_in(end_reason="withdrawn")
    study.happened(way, "sequence_ended", 1, subject_id=way.id)
    study.happened(way, "sequence_held_out", 0)
    assert rates(study) == (Tally(counted=1), Tally())


def test_without_goal_and_dimension_there_is_nothing_to_compare(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """The letters are counted all the same."""
    study = Study(session, secrets, now)
    study.publish(goal=None, hold_out=0, dimension=None)
    study.let_in()
    found = told(study)
    assert (found.goal, found.change, found.ways.entered) == (None, None, 1)


@pytest.mark.parametrize(
    ("name", "version"), [("luck", None), ("networks", 3), ("net\0works", None), ("", 1)]
)
def test_what_is_not_there_is_not_found(study: Study, name: str, version: int | None) -> None:
    """No such sequence, or no such version of it."""
    with pytest.raises(NotFound):
        sequence_outcome(study.session, name, version, now=study.now)


def test_a_day_has_24_hours_whatever_the_clocks_do(study: Study, session: Session) -> None:
    """The goal's days are those of the engine, in a session of the database in any zone."""
    from sqlalchemy import text

    session.execute(text("SET LOCAL TIME ZONE 'Europe/Paris'"))  # the clocks went back in October
    study.happened(study.let_in(), days=90)
    study.happened(study.let_in(), days=90 + 0.5 / 24)
    assert rates(study)[0] == Tally(counted=2, reached=1)


def test_reached_is_what_the_engine_calls_reached(study: Study) -> None:
    """For facts of each kind and moment the count is that of the rule by which a sequence ends."""
    kinds = ("milestone_reached", "milestone_started")
    cases = [
        (kind, days, which)
        for kind in kinds
        for days in (0, TICK, 90, 91)
        for which in ("networks", "skills")
    ]
    reached = 0
    sequence = read_sequence(study.publish().content)
    for kind, days, dimension in cases:
        way = study.let_in()
        study.happened(way, kind, days, data={"dimension": dimension})
        one = EnrollmentFacts(way.id, "networks", "active", way.started_at, sequence)
        life = (LifeFact(kind, way.started_at + days * DAY, dimension),)
        reached += goal_reached_at(one, sequence, client(life=life)) is not None
    assert rates(study)[0] == Tally(counted=len(cases), reached=reached)
    assert reached == 2


def test_one_client_left_alone_is_all_there_is(study: Study) -> None:
    """The letters of nobody, and a group of one beside an empty one."""
    assert (told(study).ways.entered, rates(study)) == (0, (Tally(), Tally()))
    study.leave_alone()
    assert (told(study).ways.held_out, rates(study)) == (1, (Tally(), Tally(1)))
    assert [one.planned for one in told(study).steps] == [0, 0, 0]
