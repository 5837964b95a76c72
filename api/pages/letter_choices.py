"""The page on which clients choose their letters: which kinds, how often, or none."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, request, url_for

from api.house import here
from api.pages.frame import Keep, go, show
from coaching.domain.errors import Refused
from coaching.usecases.letter_choices import Choices, look_at_choices, save_choices

_FIELD = "family."
# In the order of the page; each is agreed to as it stands here.
KINDS: Mapping[str, tuple[str, str]] = {
    "milestone": (
        "Your plan",
        "Your week with one next step, a word ahead of a step's day, and what changes in your plan.",
    ),
    "mentoring": (
        "Your mentor",
        "A word when it is time to find one or to talk again, at the rhythm in your plan.",
    ),
    "networking": (
        "People and events",
        "Whom you might write to, and events that come near, at the rhythm in your plan.",
    ),
    "drip": (
        "Ideas and reading",
        "Short series of letters, days or weeks apart, each with one idea and something to read; between "
        "them an item to read in your week. A series that you stop here doesn't go on later.",
    ),
    "campaign": ("News and invitations", "Now and then, to many people at once."),
}
RHYTHM_WORDS: Mapping[str, str] = {
    "weekly": "Every week",
    "fortnightly": "Every two weeks",
    "monthly": "Once a month",
}


@dataclass(frozen=True)
class Kind:
    """One kind of letters as the page shows it. `came`: the reader came here from a letter of this kind."""

    family: str
    name: str
    about: str
    chosen: bool
    came: bool


def are_posted() -> bool:
    """Tell whether the form of choices was sent: a mail program's one click never is, whatever it carries."""
    fields = request.form
    chooses = "save" in fields or "rhythm" in fields or any(name.startswith(_FIELD) for name in fields)
    return chooses and "List-Unsubscribe" not in fields


def show_choices(token: str, *, refusal: Refused | None = None, missed: bool = False) -> Response:
    """Say which letters come, to be chosen from; or what was saved; or why there is nothing to choose.

    `missed`: choices were sent, but letters had been stopped as a whole before.
    """
    rooms = here()
    with rooms.database.transaction() as session:
        view = look_at_choices(session, rooms.secrets, token)
    standing = view.standing or Choices(frozenset(), "")
    chosen = _posted() if refusal else standing
    saved = "saved" in request.args and not (refusal or missed)
    return show(
        "links/unsubscribe.html",
        keep=Keep.TOKEN,
        status=409 if missed else 422 if refusal else 200,
        view=view.letters,
        choices=view,
        acted=saved and view.letters.state == "off",
        saved=saved,
        missed=missed,
        kinds=_kinds(chosen.families, view.came_by),
        rhythms=RHYTHM_WORDS,
        rhythm=chosen.rhythm,
        wrong={field: " ".join(said) for field, said in refusal.errors.items()} if refusal else {},
        token=token,
    )


def save(token: str) -> Response:
    """Make it so, once or again, and show it at an address that may be loaded again."""
    rooms = here()
    try:
        saved = save_choices(rooms.database, rooms.secrets, token, _posted())
    except Refused as refusal:
        return show_choices(token, refusal=refusal)
    if not saved:
        return show_choices(token, missed=True)
    return go(url_for("links.look_before_unsubscribing", token=token, saved=1))


def _posted() -> Choices:
    families = frozenset(name.removeprefix(_FIELD) for name in request.form if name.startswith(_FIELD))
    return Choices(families, request.form.get("rhythm", ""))


def _kinds(chosen: frozenset[str], came_by: str | None) -> list[Kind]:
    """Return the kinds in order, the one that the reader came by first."""
    found = [
        Kind(family, name, about, chosen=family in chosen, came=family == came_by)
        for family, (name, about) in KINDS.items()
    ]
    return sorted(found, key=lambda kind: not kind.came)
