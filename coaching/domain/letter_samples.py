"""Made-up values for each letter, to look at it before anybody receives it."""

from typing import TypedDict

from coaching.domain import drip_letter_values as drip_values
from coaching.domain import letter_values as values
from coaching.domain import plan_letter_values as plan_values
from coaching.domain.phrases import greeting, sign_off

_SITE = "https://firm.example.test"


class _Shared(TypedDict):
    greeting: str
    sign_off: str
    unsubscribe_url: str


_TO_ANA: _Shared = {
    "greeting": greeting("Ana Silva"),
    "sign_off": sign_off("Jo", "The firm"),
    "unsubscribe_url": f"{_SITE}/unsubscribe/sample",
}
_OF_THE_FIRM: _Shared = {**_TO_ANA, "sign_off": sign_off(None, "The firm")}
_REPORT_URL = f"{_SITE}/report/sample"
_RHYTHM = "Why: Your dimensions together come to 48, which reads as in transition; this rhythm goes with it."


def _act(name: str) -> str:
    return f"{_SITE}/act/sample-{name}"


def _focus(dimension: str, put_at: str) -> str:
    return f"Why: {dimension} is one of your three focus areas: your four answers put it at {put_at}."


REPORT = values.ReportValues(**_TO_ANA, open_url=f"{_SITE}/act/sample")
REPORT_KNOWN = values.ReportKnownValues(**_TO_ANA, report_url=_REPORT_URL)
WAS_THIS_YOU = values.WasThisYouValues(**_OF_THE_FIRM, mine_url=_act("mine"), not_mine_url=_act("not-mine"))
LOOK_AGAIN = values.LookAgainValues(**_TO_ANA, intake_url=f"{_SITE}/intake/job-career")
PROBE_LETTER = values.ProbeValues(batch_id="019a9f3c-7d52-7c1e-9b60-3f5a2d8e4c17")

WEEK_LETTER = plan_values.WeekValues(
    **_TO_ANA,
    why="You get this because your plan has one letter a week.",
    period="Your week",
    opening="One step is enough for this week:",
    step="A map of two routes",
    how=(
        "Draw two routes from where you are, three steps each, and mark what each step asks for. "
        "Its day is Thursday 10 December."
    ),
    reason=_focus("Progression", "31, below 40, and you said it matters a lot to you"),
    act_label="It's done",
    act_url=_act("week-done"),
    first_label="I've started",
    first_url=_act("week-started"),
    second_label="Move it",
    second_url=_act("week-postpone"),
    third_label="Not useful",
    third_url=_act("week-not-useful"),
)
TOUCHES_LETTER = plan_values.TouchesValues(
    **_TO_ANA,
    touches="Two people you might write to this week",
    people="Marie (last in touch six weeks ago) and Bo (no contact yet). Two lines are plenty.",
    reason=_RHYTHM,
    answer_label="Say how it stands",
    answer_url=_act("touches-answer"),
)
STEP = plan_values.StepValues(
    **_TO_ANA,
    step="A file of evidence",
    how="Collect five things you have done that show you can carry more, each with its result.",
    day="Thursday 10 December",
    reason=_focus("Progression", "48, between 40 and 60"),
    act_label="It's done",
    act_url=_act("ahead-done"),
    first_label="I've started",
    first_url=_act("ahead-started"),
    postpone_url=_act("ahead-postpone"),
    not_useful_url=_act("ahead-not-useful"),
    answer_url=_act("ahead-answer"),
)
OVERDUE = plan_values.StepValues(
    **_TO_ANA,
    step="Sort your values",
    how="From a list of values pick ten that are yours, then cross out all but four.",
    day="Thursday 26 November",
    reason=_focus("Motivation and purpose", "35, below 40"),
    act_label="It's done",
    act_url=_act("overdue-done"),
    first_label="I've started",
    first_url=_act("overdue-started"),
    postpone_url=_act("overdue-postpone"),
    not_useful_url=_act("overdue-not-useful"),
    answer_url=_act("overdue-answer"),
)
FIND_A_MENTOR = plan_values.StepValues(
    **_TO_ANA,
    step="A mentor",
    how="Ask one person a few steps ahead of you for a first half hour, and whether there may be a second.",
    day="Thursday 17 December",
    reason=_focus("Networking and relationships", "28, below 40"),
    act_label="I found someone",
    act_url=_act("find-done"),
    first_label="I've asked someone",
    first_url=_act("find-started"),
    postpone_url=_act("find-postpone"),
    not_useful_url=_act("find-not-useful"),
    answer_url=_act("find-answer"),
)
REACHED = plan_values.ReachedValues(
    **_TO_ANA,
    step="A two-week energy log",
    next_step="What comes next: \u201cSort your values\u201d, by Thursday 17 December.",
    report_url=_REPORT_URL,
)
DECISION = plan_values.DecisionValues(
    **_TO_ANA,
    step="Decide for now, whether to stay, shift or leave",
    day="Thursday 10 December",
    reason="Why: A date for the decision is kinder than going on without one.",
    talk="I would gladly talk it over with you first; just answer this letter.",
    decide_url=_act("decide"),
    postpone_url=_act("decide-postpone"),
    report_url=_REPORT_URL,
)
CHECK_IN = plan_values.CheckInValues(
    **_TO_ANA,
    talk="Answer this letter with two times that would suit you, and I will choose one.",
    reason=_RHYTHM,
    met_url=_act("check-in-met"),
    not_useful_url=_act("check-in-not-useful"),
    answer_url=_act("check-in-answer"),
)
MENTOR = plan_values.MentorValues(
    **_TO_ANA,
    person="Marie",
    spoke="You and Marie were last in touch six weeks ago.",
    noted="You noted last time: \u201cask how she told her team\u201d.",
    ask="Two lines keep you in touch.",
    reason="Why: Your plan has you in touch about once a month.",
    met_url=_act("mentor-met"),
    later_url=_act("mentor-later"),
    not_useful_url=_act("mentor-not-useful"),
    answer_url=_act("mentor-answer"),
)
PEER = plan_values.KeepInTouchValues(
    **_TO_ANA,
    person="The Data Guild",
    spoke="You were last with The Data Guild three months ago.",
    noted="A line to someone you met there is plenty; so is an hour at the next meeting.",
    ask="A quick hello keeps you in touch.",
    reason="Why: Your plan has you in touch about once a quarter.",
    met_url=_act("peer-met"),
    later_url=_act("peer-later"),
    not_useful_url=_act("peer-not-useful"),
    answer_url=_act("peer-answer"),
)
REGISTER = plan_values.RegisterValues(
    **_TO_ANA,
    event="The Winter Data Evening",
    day="Thursday 10 December",
    reason=_RHYTHM,
    registered_url=_act("event-registered"),
    not_useful_url=_act("event-not-useful"),
    answer_url=_act("event-answer"),
)
EVE = plan_values.EveValues(
    **_TO_ANA,
    day="Thursday 10 December",
    coming="The Winter Data Evening is tomorrow, Thursday 10 December.",
    tip="One question to take along is enough, such as what people there work on that is new to them.",
    not_useful_url=_act("eve-not-useful"),
)
AFTER = plan_values.AfterValues(
    **_TO_ANA,
    event="The Winter Data Evening",
    day="Thursday 10 December",
    reason=_RHYTHM,
    met_url=_act("event-met"),
    not_useful_url=_act("event-missed"),
    answer_url=_act("event-after-answer"),
)
PLAN = plan_values.PlanValues(
    **_TO_ANA,
    next_step="What comes next: \u201cA map of two routes\u201d, by Thursday 10 December.",
    report_url=_REPORT_URL,
)
USEFUL = plan_values.StillUsefulValues(**_TO_ANA, useful_url=_act("useful"))
FAREWELL = plan_values.FarewellValues(
    **_TO_ANA,
    reached="You reached seven steps along the way.",
    intake_url=f"{_SITE}/intake/job-career",
)
DRIP = drip_values.DripValues(
    **_TO_ANA,
    why="You get this because your plan works on your network.",
    reading="How to write to somebody after a long silence. An article, four minutes.",
    reading_label="Two lines are enough",
    reading_url="https://library.example.org/two-lines-are-enough",
    did_url=_act("did"),
    talk_url=_act("talk"),
    suggest_url=f"{_SITE}/suggest/sample",
)
READING = drip_values.ReadingValues(
    **_TO_ANA,
    reading="How to write to somebody after a long silence. An article, four minutes.",
    reading_label="Two lines are enough",
    reading_url="https://library.example.org/two-lines-are-enough",
)
