"""`make mail NAME=report` writes a letter that can be opened and read."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.preview import preview
from coaching.domain.letters import LETTERS


@pytest.mark.parametrize("name", LETTERS)
def test_preview_writes_html_and_text(tmp_path: Path, name: str) -> None:
    """Both parts lie in the folder, under the firm's own name, and the command says where."""
    environ = {"MAIL_FROM_NAME": "Northlight & Co", "MAIL_POSTAL_ADDRESS": "2 Side Street, Town"}
    result = CliRunner(env=environ).invoke(preview, [name, "--out", str(tmp_path / "new")])
    html, text = tmp_path / "new" / f"{name}.html", tmp_path / "new" / f"{name}.txt"
    assert result.exit_code == 0
    assert str(html) in result.output
    assert str(text) in result.output
    assert "Northlight &amp; Co, 2 Side Street, Town" in html.read_text(encoding="utf-8")
    assert text.read_text(encoding="utf-8").startswith("Subject: ")
    assert LETTERS[name].sample.greeting in text.read_text(encoding="utf-8")


def test_preview_says_what_to_know_before_sending(tmp_path: Path) -> None:
    """Subject, preheader, size, and until when the letter makes sense."""
    result = CliRunner().invoke(preview, ["look-again", "--out", str(tmp_path)])
    subject, preheader, size, until, *paths = result.output.splitlines()
    assert subject == "subject:     Time to look again"
    assert preheader == "preheader:   A few quiet minutes, whenever it suits you."
    html = (tmp_path / "look-again.html").read_bytes()
    assert size == f"size:        {len(html) / 1024:.1f} KB of HTML; Gmail cuts at 102 KB"
    assert until == "makes sense: until 3 days after it is due"
    assert paths == [str(tmp_path / "look-again.html"), str(tmp_path / "look-again.txt")]


def test_preview_of_a_letter_of_a_sequence_gives_its_reason(tmp_path: Path) -> None:
    """The footer says what the client will read there, which stands with the sequence."""
    assert CliRunner().invoke(preview, ["welcome-hello", "--out", str(tmp_path)]).exit_code == 0
    text = (tmp_path / "welcome-hello.txt").read_text(encoding="utf-8")
    assert "because you confirmed your address and said yes to letters from us." in text


def test_preview_of_a_host_shows_what_may_ride_in_it(tmp_path: Path) -> None:
    """A week is looked at with the section of every letter that it can carry."""
    assert CliRunner().invoke(preview, ["week", "--out", str(tmp_path)]).exit_code == 0
    text = (tmp_path / "week.txt").read_text(encoding="utf-8")
    riding = [one for one in LETTERS.values() if one.mergeable and one.reader == "client"]
    assert riding
    for one in riding:
        links = [value for name, value in one.sample.as_mapping().items() if name.endswith("_url")]
        assert any(f"{link}\n" in text for link in links), one.name


def test_one_day_is_one_day(tmp_path: Path) -> None:
    """A letter of a day is not said to be one of days."""
    result = CliRunner().invoke(preview, ["probe", "--out", str(tmp_path)])
    assert "makes sense: until 1 day after it is due\n" in result.output


@pytest.mark.parametrize("arguments", [[], [""]])
def test_preview_without_a_name_lists_the_letters(arguments: list[str]) -> None:
    """`make mail` alone, whose NAME is empty, says which letters there are."""
    result = CliRunner().invoke(preview, arguments)
    assert result.exit_code == 0
    assert result.output.splitlines() == list(LETTERS)


def test_preview_of_an_unknown_letter_names_the_known_ones(tmp_path: Path) -> None:
    """A typing mistake is answered with the names, and writes nothing."""
    result = CliRunner().invoke(preview, ["raport", "--out", str(tmp_path / "new")])
    assert result.exit_code == 1
    assert "there is no letter 'raport'; there are: report, " in result.output
    assert not (tmp_path / "new").exists()
