"""The intake form: consent, the pages of statements, the last questions; stored only when it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Response, request, url_for
from werkzeug.exceptions import TooManyRequests

from api.house import here
from api.pages.about import TRAP, Problem, problems
from api.pages.draft import TEXTS, Draft, new_draft, read_draft
from api.pages.faults import fault_page, page_group
from api.pages.frame import (
    DATABASE_AWAY,
    RETRY_AFTER_S,
    Keep,
    go,
    show,
)
from api.pages.time_zones import zones_by_region
from coaching.adapters.database import now as database_now
from coaching.domain.errors import NotFound, Refused
from coaching.domain.instruments import Instrument
from coaching.domain.words import ReportWords
from coaching.usecases.submit import LONGEST_QUESTION, NewSubmission, Submitted, submit_assessment

CONSENT, ABOUT = "consent", "about"

blueprint = page_group("intake")


@dataclass(frozen=True)
class Form:
    """One instrument as a form: consent, its pages of statements, the last questions."""

    instrument: Instrument
    words: ReportWords

    @property
    def steps(self) -> tuple[str, ...]:
        """Every page by name, in order."""
        return (CONSENT, *(str(page) for page in self.instrument.page_numbers), ABOUT)

    def step(self, name: str) -> str:
        """Return the page of that name; a name that isn't one means the first page."""
        return name if name in self.steps else CONSENT

    def beside(self, step: str, by: int) -> str:
        """Return the page before (-1) or after (1), staying within the form."""
        place = self.steps.index(step) + by
        return self.steps[min(max(place, 0), len(self.steps) - 1)]

    def page_of(self, item: str) -> str:
        """Return the page on which a statement stands."""
        return next(str(question.page) for question in self.instrument.questions if question.id == item)

    def shown_openly(self, step: str) -> frozenset[str]:
        """Return the fields that a page shows, which therefore don't travel hidden in it."""
        if step == CONSENT:
            return frozenset({"consent"})
        if step == ABOUT:
            weights = (f"importance.{dimension.key}" for dimension in self.instrument.dimensions)
            return frozenset({*TEXTS, "letters", *weights})
        return frozenset(f"answer.{question.id}" for question in self.instrument.page(int(step)))


@blueprint.get("/intake/<instrument_name>")
def start(instrument_name: str) -> Response:
    """Show the first page: what is asked, what is made of the answers, and the request for consent."""
    return _page(_form(instrument_name), CONSENT, new_draft())


@blueprint.post("/intake/<instrument_name>")
def turn(instrument_name: str) -> Response:
    """Take what one page holds, and show the next, the one before, or the same again with what is wrong."""
    form = _form(instrument_name)
    draft = read_draft(form.instrument, request.form, now=datetime.now(UTC))
    step, wish = form.step(request.form.get("step", "")), request.form.get("go", "")
    if draft.consent != form.words.consent.text_version:
        return _page(form, CONSENT, draft, status=422, refused=True)
    if draft.faulty:
        return _faulty(form, draft)
    if wish == "back":
        return _page(form, form.beside(step, -1), draft)
    if wish == "stay":
        return _page(form, step, draft)
    return _send(form, draft) if step == ABOUT else _onward(form, step, draft)


@blueprint.errorhandler(TooManyRequests)
def wait_a_little(error: TooManyRequests) -> Response:
    """Keep what was posted when too much comes from one address: a whole office may sit behind it."""
    try:
        form = _form((request.view_args or {})["instrument_name"])
    except NotFound:
        return fault_page(404)
    draft = read_draft(form.instrument, request.form, now=datetime.now(UTC))
    step = form.step(request.form.get("step", ""))
    response = _try_again(form, draft, step, "Much is coming from your connection.", status=429)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _onward(form: Form, step: str, draft: Draft) -> Response:
    """Go one page on; statements left open are pointed out the first time, and are no hindrance."""
    page = int(step) if step != CONSENT else 0
    left_open = draft.open_on(form.instrument, page)
    if left_open and page not in draft.told:
        return _page(form, step, draft.having_told(page), left_open=left_open)
    return _page(form, form.beside(step, 1), draft)


def _faulty(form: Form, draft: Draft) -> Response:
    step = form.page_of(next(item for item in form.instrument.item_ids if item in draft.faulty))
    return _page(form, step, draft, status=422)


def _send(form: Form, draft: Draft) -> Response:
    if request.form.get(TRAP):
        return _page(form, ABOUT, draft, status=422, trapped=True)
    try:
        done = _store(form, draft)
    except Refused as refusal:
        return _mend(form, draft, refusal)
    except DATABASE_AWAY:
        return _try_again(form, draft, ABOUT, "We can't reach our records just now.", status=503)
    address = url_for("reports.thank_you", instrument_name=form.instrument.name, token=done.report_token)
    return go(address)


def _store(form: Form, draft: Draft) -> Submitted:
    rooms = here()
    with rooms.database.transaction() as session:
        return submit_assessment(
            session, rooms.content, rooms.secrets, _new_submission(form, draft), now=database_now(session)
        )


def _new_submission(form: Form, draft: Draft) -> NewSubmission:
    return NewSubmission(
        instrument=form.instrument.name,
        version=form.instrument.version,
        email=draft.text("email"),
        name=draft.text("name"),
        time_zone=draft.text("time_zone"),
        stage=draft.text("stage") or None,
        rhythm=draft.text("rhythm"),
        answers={item: draft.answers.get(item) for item in form.instrument.item_ids},
        importance=draft.importance,
        timing_pages=draft.page_times(form.instrument),
        question=draft.text("question") or None,
        consent_profiling=True,
        consent_email=draft.letters,
        consent_text_version=draft.consent,
        source="intake-form",
        visit=draft.visit,
        trust="public",
        confirmed=False,
    )


def _mend(form: Form, draft: Draft, refusal: Refused) -> Response:
    names = {dimension.key: dimension.name for dimension in form.instrument.dimensions}
    return _page(form, ABOUT, draft, status=422, wrong=problems(refusal.errors, form.words.closing, names))


def _try_again(form: Form, draft: Draft, step: str, reason: str, *, status: int) -> Response:
    """Show what couldn't be taken as one button that posts it all again."""
    hidden = [*draft.hidden(), ("step", step)]
    response = show(
        "intake/again.html", keep=Keep.FORM, status=status, form=form, hidden=hidden, reason=reason
    )
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _page(
    form: Form,
    step: str,
    draft: Draft,
    *,
    status: int = 200,
    refused: bool = False,
    trapped: bool = False,
    left_open: Sequence[str] = (),
    wrong: Sequence[Problem] = (),
) -> Response:
    """Show one page of the form with everything that was filled in so far."""
    openly = form.shown_openly(step)
    return show(
        f"intake/{step if step in (CONSENT, ABOUT) else 'statements'}.html",
        keep=Keep.FORM,
        status=status,
        form=form,
        instrument=form.instrument,
        words=form.words,
        draft=draft,
        step=step,
        number=form.steps.index(step) + 1,
        total=len(form.steps),
        hidden=[pair for pair in draft.hidden() if pair[0] not in openly]
        + [("step", step), ("shown_at", f"{datetime.now(UTC).timestamp():.3f}")],
        refused=refused,
        trapped=trapped,
        left_open=left_open,
        wrong=wrong,
        wrong_by_field={problem.field: problem.message for problem in wrong},
        trap=TRAP,
        longest_question=LONGEST_QUESTION,
        zones=zones_by_region(),
        default_zone=here().settings.default_time_zone,
    )


def _form(name: str) -> Form:
    content = here().content
    return Form(content.instrument(name), content.report_words(name))
