"""From templates/email/<name>/ to a letter: compiled once with tags to be filled, or rendered whole.

Every part is compiled with the names of the values, never with the values themselves: mrml writes attributes
with escapes of its own, and what a stranger typed has no business in a compiler.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined, Template, TemplateError
from markupsafe import Markup

from coaching.adapters.filling import Filler, Values, bare_tag, html_tag, plain, plain_values
from coaching.adapters.mjml import MRML, to_html
from coaching.domain.letters import LETTERS, LetterError, LetterTemplate, letter
from coaching.domain.phrases import one_line

PARTS = ("subject.txt", "preheader.txt", "body.mjml", "body.txt")
SECTION_PARTS = ("section.mjml", "section.txt")
# A host and the letters it carries make one text to compile; so many of them are kept ready.
_MOST_READY = 256
_RENDERER = f"{MRML}, jinja2 {version('jinja2')}"

# A letter that rides in another one: its name and values.
Carried = tuple[str, Values]


@dataclass(frozen=True)
class Frame:
    """What is the same in every letter of one installation."""

    firm_name: str
    postal_address: str
    public_url: str


@dataclass(frozen=True)
class Letter:
    """A letter as it is read: subject of one line, HTML and plain text saying the same."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class CompiledLetter(Letter):
    """A letter with a tag where each value goes: `[%name.h%]` in the HTML, `[%name%]` in subject and text.

    `version` changes with anything that shapes the letter: its parts, the frame, the firm, the renderer.
    """

    name: str
    version: str


class Stationery:
    """The letter paper of one installation: its templates, read once, under the firm's name and address."""

    def __init__(self, folder: Path, frame: Frame, letters: Mapping[str, LetterTemplate] = LETTERS) -> None:
        self._letters = letters
        self._sources = _read_sources(folder)
        self._constants = {key: plain(value) for key, value in asdict(frame).items()}
        self._html = _environment(self._sources, autoescape=True)
        self._text = _environment(self._sources, autoescape=False)
        self._parts = lru_cache(_MOST_READY)(self._make_parts)
        self._compiled: dict[str, CompiledLetter] = {}

    def compile_letter(self, name: str) -> CompiledLetter:
        """Return the letter with tags for values, compiled once per process. Raises LetterError."""
        if name not in self._compiled:
            self._compiled[name] = self._compile(letter(name, self._letters))
        return self._compiled[name]

    def render(self, name: str, values: Values, carried: Sequence[Carried] = ()) -> Letter:
        """Return the letter with these values and those of what it carries written in. Raises LetterError."""
        filled = plain_values(letter(name, self._letters), values)
        for place, (section, section_values) in enumerate(carried):
            own = plain_values(letter(section, self._letters), section_values)
            filled |= {_name_in_host(place, key): value for key, value in own.items()}
        return self._write((name, *(section for section, _ in carried)), filled, filled)

    def preheader(self, name: str, values: Values) -> str:
        """Return the line that a list of letters shows behind the subject. Raises LetterError."""
        filled = plain_values(letter(name, self._letters), values)
        return one_line(self._text.get_template(f"{name}/preheader.txt").render(self._constants, **filled))

    def version(self, name: str, carried: Sequence[str] = ()) -> str:
        """Return the SHA-256, in hex, over everything that shapes the letter. Raises LetterError."""
        templates = [letter(one, self._letters) for one in (name, *carried)]
        folders = ("_base/", *(f"{template.name}/" for template in templates))
        parts = {path: text for path, text in self._sources.items() if path.startswith(folders)}
        names = [(template.name, template.variable_names) for template in templates]
        shaping = [names, parts, self._constants, _RENDERER]
        return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()

    def _compile(self, template: LetterTemplate) -> CompiledLetter:
        if template.body == "own":
            raise LetterError(f"letter {template.name!r}: it is written for each client, not filled in")
        bare = {name: bare_tag(name) for name in template.variable_names}
        marked = {name: html_tag(name) for name in template.variable_names}
        made = self._write((template.name,), bare, marked)
        return CompiledLetter(
            made.subject, made.html, made.text, name=template.name, version=self.version(template.name)
        )

    def _write(self, names: tuple[str, ...], bare: Mapping[str, str], for_html: Mapping[str, str]) -> Letter:
        try:
            parts = self._parts(names)
            return Letter(
                subject=parts.subject.render(self._constants, **bare),
                html=parts.html.render(self._constants, **for_html),
                text=parts.text.render(self._constants, **bare) + "\n",
            )
        except TemplateError as error:
            raise LetterError(f"letter {names[0]!r}: {type(error).__name__}: {error}") from error

    def _make_parts(self, names: tuple[str, ...]) -> "_Parts":
        """Compile a letter, or a host and the sections that it carries, in this order."""
        template, *carried = (letter(name, self._letters) for name in names)
        _check_company(template, carried)
        own = _expressions((*template.variable_names, *self._constants))
        for_html, for_text = {**own, "folder": template.name}, dict(own)
        if template.hosts:
            for_html["sections"] = Markup("\n").join(self._sections(self._html, carried, "mjml"))
            for_text["sections"] = Markup("\n\n").join(self._sections(self._text, carried, "txt"))
        mjml = self._html.get_template(f"{template.name}/body.mjml").render(for_html)
        text = self._text.get_template(f"{template.name}/body.txt").render(for_text)
        subject = self._text.get_template(f"{template.name}/subject.txt").render(own)
        return _Parts(
            subject=self._text.from_string(one_line(subject)),
            html=self._html.from_string(to_html(template.name, mjml)),
            text=self._text.from_string(re.sub(r"\n{3,}", "\n\n", text.strip())),
        )

    def _sections(
        self, environment: Environment, carried: Sequence[LetterTemplate], suffix: str
    ) -> Iterator[Markup]:
        for place, template in enumerate(carried):
            names = {
                name: _expression(_name_in_host(place, name)) for name in template.variable_names
            } | _expressions(self._constants)
            section = environment.get_template(f"{template.name}/section.{suffix}").render(names)
            yield Markup(section.strip())  # noqa: S704 - written by us; the values are only names yet


@dataclass(frozen=True)
class _Parts:
    subject: Template
    html: Template
    text: Template


def substitutions(name: str, values: Values) -> dict[str, str]:
    """Return what SendGrid puts in place of the tags of one recipient of a shipped letter.

    Raises LetterError for a missing or unknown value, and beyond SendGrid's 10,000 bytes a recipient.
    """
    return _filler(name).fill(values)


@cache
def _filler(name: str) -> Filler:
    return Filler(letter(name))


def _expressions(names: Iterable[str]) -> dict[str, Markup]:
    return {name: _expression(name) for name in names}


def _expression(name: str) -> Markup:
    """Return the Jinja expression that a later rendering puts the value in place of."""
    return Markup("{{ %s }}") % name


def _name_in_host(place: int, name: str) -> str:
    """Return the name of a section's value in its host: the same letter may ride there twice."""
    return f"section_{place}_{name}"


def _check_company(template: LetterTemplate, carried: Sequence[LetterTemplate]) -> None:
    if carried and not template.hosts:
        raise LetterError(f"letter {template.name!r}: it carries no other letters")
    for guest in carried:
        if not guest.mergeable:
            raise LetterError(f"letter {guest.name!r}: it has no section, so it can't ride in another letter")


def _environment(sources: Mapping[str, str], *, autoescape: bool) -> Environment:
    return Environment(
        loader=DictLoader(sources),
        autoescape=autoescape,  # noqa: S701 - off for subject and plain text only, where no markup is read
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _read_sources(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.glob("*/*") if path.is_file())
    if not files:
        raise LetterError(f"there are no letters in {folder}")
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}
