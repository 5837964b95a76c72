"""Pages behind the action links of letters: GET says what the one button does, POST does it."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Response, request, url_for

from api.house import here
from api.pages import act_answers, act_questions
from api.pages.act_questions import Words
from api.pages.dates import day_in_words
from api.pages.draft import clean
from api.pages.frame import Keep, go, show
from coaching.adapters.database import now as database_now
from coaching.domain import deeds
from coaching.domain.deeds import Choice, Subject
from coaching.domain.errors import Conflict, Refused
from coaching.domain.links import Purpose
from coaching.usecases.deeds import do_deed
from coaching.usecases.read_answers import AnswerView, look_at_answer
from coaching.usecases.read_deeds import DeedView, look_at_deed
from coaching.usecases.undo_deed import look_at_undo, undo_deed

# Python reads more than that, such as 2026-W50-1.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Told:
    """One thing that was done: what the page says of it, and the link that takes it back."""

    subject: Subject
    words: Words
    undo_token: str


def show_deed(token: str, *, refusal: Refused | None = None, too_late: Choice | None = None) -> Response:
    """Say what the link would do, or what it did; with what was wrong about a choice, if anything was.

    `too_late`: what was chosen while another choice stood.
    """
    rooms = here()
    with rooms.database.transaction() as session:
        view = look_at_deed(
            session, rooms.secrets, token, may_write_to=rooms.may_write_to, now=database_now(session)
        )
    wrong = {field: " ".join(said) for field, said in refusal.errors.items()} if refusal else {}
    stands = _what_stands(view, too_late)
    return show(
        "links/deed.html",
        keep=Keep.TOKEN,
        status=422 if wrong else 409 if stands else 200,
        stands=stands,
        purpose=view.purpose.name,
        view=view,
        told=[
            Told(
                one.subject,
                act_answers.told(view.purpose, one, today=view.today, coach=view.coach),
                one.undo_token,
            )
            for one in view.standing
        ],
        **_to_ask(view),
        wrong=wrong,
        typed=request.form,
    )


def do(token: str) -> Response:
    """Do it, once, and show what came of it at an address that may be loaded again."""
    rooms = here()
    try:
        choice = _read_choice()
        with rooms.database.transaction() as session:
            counts = do_deed(session, rooms.content, rooms.secrets, token, choice, now=database_now(session))
    except Refused as refusal:
        return show_deed(token, refusal=refusal)
    except Conflict:
        return show("links/moved_on.html", keep=Keep.TOKEN, status=409, undoing=False)
    return go(url_for("links.look", token=token)) if counts else show_deed(token, too_late=choice)


def show_answer(token: str) -> Response:
    """Say all that can be said of what rode in a letter: each leads to the page that does it."""
    rooms = here()
    with rooms.database.transaction() as session:
        view = look_at_answer(session, rooms.secrets, token, now=database_now(session))
    return show(
        "links/answer.html",
        keep=Keep.TOKEN,
        view=view,
        words=_to_answer(view),
        label=lambda way: act_questions.to_answer(way.purpose, way.about, today=view.today),
        when=lambda subject: act_questions.when(subject, today=view.today),
    )


def show_undo(token: str) -> Response:
    """Say what would be taken back, or that it has been."""
    rooms = here()
    with rooms.database.transaction() as session:
        view = look_at_undo(session, rooms.secrets, token, now=database_now(session))
    return show(
        "links/undo.html",
        keep=Keep.TOKEN,
        view=view,
        what=act_answers.taken_back(
            view.purpose, view.subject, left=view.left, done_on=view.done_on, coach=view.coach
        ),
        done_on=day_in_words(view.done_on, seen_on=view.today),
    )


def undo(token: str) -> Response:
    """Take it back, once, unless it has been changed since."""
    rooms = here()
    try:
        with rooms.database.transaction() as session:
            undo_deed(session, rooms.secrets, token, now=database_now(session))
    except Conflict:
        return show("links/moved_on.html", keep=Keep.TOKEN, status=409, undoing=True)
    return go(url_for("links.look", token=token))


def _to_answer(view: AnswerView) -> Words:
    if view.ways:
        return act_questions.ANSWERING
    return (
        act_answers.ALL_TOLD
        if view.open_to
        else act_answers.past(Purpose.ANSWER, view.subjects[0], today=view.today)
    )


def _what_stands(view: DeedView, too_late: Choice | None) -> str:
    """Return what is told to who chose again and otherwise; nothing where nothing stands any more."""
    if too_late is None or not view.standing:
        return ""
    named = (one for one in view.standing if one.subject.id == too_late.about)
    return act_answers.chosen_first(view.purpose, next(named, view.standing[0]), today=view.today)


def _to_ask(view: DeedView) -> dict[str, object]:
    """Return what the page needs beside the view: words, days in words, the choices."""
    today, open_to = view.today, view.open_to
    asked, past = None, None
    if len(open_to) == 1 and not view.standing:
        asked = act_questions.asking(view.purpose, open_to[0], today=today, coach=view.coach)
    elif open_to:
        asked = act_questions.asking_whom(view.purpose, again=bool(view.standing))
    elif view.past and not view.standing:
        past = act_answers.past(view.purpose, view.past[0], today=today)
    earliest, latest = deeds.days_to_choose(today)
    return {
        "asked": asked,
        "past": past,
        "decides": any(deeds.asks_for_decision(view.purpose, one) for one in open_to),
        "decisions": act_questions.DECISIONS,
        "later": act_questions.later_choices(today),
        "week_later": [
            day_in_words(deeds.week_later(one, today=today), seen_on=today) for one in open_to[:1]
        ],
        "earliest": earliest,
        "latest": latest,
        "longest_note": deeds.LONGEST_NOTE,
        "when": lambda subject: act_questions.when(subject, today=today),
    }


def _read_choice() -> Choice:
    """Read what was posted. What can't be read counts as not given, but for a day: that is told."""
    form = request.form
    return Choice(
        about=_read_id(form.get("about", "")),
        on_day="due_on" in form,
        due_on=_read_day(form.get("due_on", "")),
        note=clean(form.get("note", "")),
        later=form.get("later", "week"),
        decision=form.get("decision"),
    )


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _read_day(text: str) -> date | None:
    if not text.strip():
        return None
    if _DAY.fullmatch(text.strip()) is None:
        raise Refused({"due_on": ["Write the day as year, month and day, such as 2027-01-31."]})
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused({"due_on": ["There is no such day. Check the month and the day."]}) from None
