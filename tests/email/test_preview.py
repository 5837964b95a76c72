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
    assert "Hello Ana," in text.read_text(encoding="utf-8")


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
