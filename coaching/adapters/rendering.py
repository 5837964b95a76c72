"""From templates/email/<name>/ to a letter: compiled once with tags to be filled, or rendered whole.

MJML is compiled with the names of the values, never with the values themselves: mrml writes attributes with
escapes of its own, and what a stranger typed has no business in a compiler.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import mrml
from jinja2 import DictLoader, Environment, StrictUndefined, Template, TemplateError
from markupsafe import Markup, escape

from coaching.domain.letters import LetterError, LetterTemplate, LetterValues, letter, one_line

PARTS = ("subject.txt", "preheader.txt", "body.mjml", "body.txt")
MOST_SUBSTITUTION_BYTES = 10_000  # SendGrid's limit for one personalization, tags and values together
_RENDERER = f"mrml {version('mrml')}, jinja2 {version('jinja2')}"

Values = LetterValues | Mapping[str, str]


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

    def __init__(self, folder: Path, frame: Frame) -> None:
        self._sources = _read_sources(folder)
        self._constants = {key: one_line(value) for key, value in asdict(frame).items()}
        self._html = _environment(self._sources, autoescape=True)
        self._text = _environment(self._sources, autoescape=False)
        self._ready: dict[str, _Parts] = {}
        self._compiled: dict[str, CompiledLetter] = {}

    def compile_letter(self, name: str) -> CompiledLetter:
        """Return the letter with tags for values, compiled once per process. Raises LetterError."""
        if name not in self._compiled:
            self._compiled[name] = self._compile(letter(name))
        return self._compiled[name]

    def render(self, name: str, values: Values) -> Letter:
        """Return the letter with these values written in. Raises LetterError."""
        plain = _plain_values(letter(name), values)
        return self._write(name, plain, plain)

    def version(self, name: str) -> str:
        """Return the SHA-256, in hex, over everything that shapes the letter. Raises LetterError."""
        template = letter(name)
        folders = (f"{name}/", "_base/")
        parts = {path: text for path, text in self._sources.items() if path.startswith(folders)}
        shaping = [name, parts, self._constants, template.variable_names, _RENDERER]
        return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()

    def _compile(self, template: LetterTemplate) -> CompiledLetter:
        names = template.variable_names
        bare = {name: bare_tag(name) for name in names}
        marked = {name: html_tag(name) for name in names}
        made = self._write(template.name, bare, marked)
        return CompiledLetter(
            made.subject, made.html, made.text, name=template.name, version=self.version(template.name)
        )

    def _write(self, name: str, bare: Mapping[str, str], for_html: Mapping[str, str]) -> Letter:
        try:
            parts = self._parts(name)
            return Letter(
                subject=one_line(parts.subject.render(self._constants, **bare)),
                html=parts.html.render(self._constants, **for_html),
                text=parts.text.render(self._constants, **bare).strip() + "\n",
            )
        except TemplateError as error:
            raise LetterError(f"letter {name!r}: {type(error).__name__}: {error}") from error

    def _parts(self, name: str) -> "_Parts":
        if name not in self._ready:
            self._ready[name] = _Parts(
                subject=self._text.get_template(f"{name}/subject.txt"),
                html=self._html.from_string(self._html_with_names(name)),
                text=self._text.get_template(f"{name}/body.txt"),
            )
        return self._ready[name]

    def _html_with_names(self, name: str) -> str:
        """Return the HTML in which each value and constant is still a Jinja expression."""
        names = (*letter(name).variable_names, *self._constants)
        expressions = {key: Markup("{{ %s }}") % key for key in names}
        mjml = self._html.get_template(f"{name}/body.mjml").render(expressions, folder=name)
        return _to_html(name, mjml)


@dataclass(frozen=True)
class _Parts:
    subject: Template
    html: Template
    text: Template


def substitutions(name: str, values: Values) -> dict[str, str]:
    """Return what SendGrid puts in place of the tags of one recipient: each value escaped for HTML, and bare.

    Raises LetterError for a missing or unknown value, and beyond SendGrid's 10,000 bytes a recipient.
    """
    plain = _plain_values(letter(name), values)
    filled = {bare_tag(key): value for key, value in plain.items()}
    filled |= {html_tag(key): str(escape(value)) for key, value in plain.items()}
    size = sum(len(tag) + len(value.encode()) for tag, value in filled.items())
    if size > MOST_SUBSTITUTION_BYTES:
        raise LetterError(
            f"letter {name!r}: the values take {size} bytes, at most {MOST_SUBSTITUTION_BYTES} can be sent"
        )
    return filled


def bare_tag(variable: str) -> str:
    """Return the tag that stands for a value in subject and text."""
    return f"[%{variable}%]"


def html_tag(variable: str) -> str:
    """Return the tag that stands for a value, escaped, in the HTML."""
    return f"[%{variable}.h%]"


def _plain_values(template: LetterTemplate, values: Values) -> dict[str, str]:
    given = values.as_mapping() if isinstance(values, LetterValues) else values
    names = template.variable_names
    for name in (*names, *given):
        if name not in names:
            raise LetterError(f"letter {template.name!r}: variable {name!r} is unknown")
        if not isinstance(given.get(name), str):
            raise LetterError(f"letter {template.name!r}: variable {name!r} is missing or not text")
    return {name: _plain(given[name]) for name in names}


def _plain(value: str) -> str:
    """Return a value as mere data: one line, so it can add no header, and no tag that would be filled."""
    return one_line(value).replace("[%", "[ %")


def _to_html(name: str, mjml: str) -> str:
    try:
        # No fonts: mrml would otherwise link a font family it knows from another host.
        output = mrml.to_html(mjml, render_options=mrml.RenderOptions(fonts={}))
    except Exception as error:
        raise LetterError(f"letter {name!r}: {error}") from error
    if output.warnings:
        raise LetterError(f"letter {name!r}: {'; '.join(str(warning) for warning in output.warnings)}")
    unknown = re.search(r"<mj-[a-z-]+", output.content)
    if unknown:
        raise LetterError(f"letter {name!r}: MJML knows no {unknown[0]}>")
    return output.content


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
