"""From MJML to the HTML that mail programs can show; what mrml passes over in silence is refused here."""

import re
from importlib.metadata import version

import mrml

from coaching.domain.letters import LetterError

MRML = f"mrml {version('mrml')}"


def to_html(name: str, mjml: str) -> str:
    """Return the HTML of a letter; the name is for the error's sentence. Raises LetterError."""
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
    return str(output.content)
