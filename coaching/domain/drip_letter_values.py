"""What is needed to write what comes from the library: letters of sequences, and what rides in a week."""

from dataclasses import dataclass

from coaching.domain.letter_values import ClientValues


@dataclass(frozen=True, kw_only=True)
class DripValues(ClientValues):
    """One letter of a sequence; its idea and its one act stand in the template.

    `reading` is a sentence about the item of the library that goes with it, `reading_label` and `reading_url`
    its link; where nothing is left to read they ask what the client would like to read about. `did_url` says
    that the act was done, `talk_url` leads to a talk with a coach, `suggest_url` to a wish for the library.
    """

    reading: str
    reading_label: str
    reading_url: str
    did_url: str
    talk_url: str
    suggest_url: str


@dataclass(frozen=True, kw_only=True)
class ReadingValues(ClientValues):
    """One item of the library, as it rides in a week; there is nothing to be done about it."""

    why: str = "You get this because your plan has something to read now and then."
    reading: str
    reading_label: str
    reading_url: str
