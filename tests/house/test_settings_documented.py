"""`.env.example` and the settings say the same."""

import re
from pathlib import Path

from coaching.settings import ROOT, VARIABLES

DOCUMENTED = dict(
    re.findall(r"^# ([A-Z][A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
)
READ = {variable.name: variable for variable in VARIABLES.values()}
ONLY_COMPOSE = {"POSTGRES_PASSWORD"}
ROOMS = ("api", "workers", "cli", "coaching", "sandbox", "bench")
DIRECTLY = re.compile(r"""(?:environ(?:\.get\(|\[)|getenv\()\s*["']([A-Z][A-Z0-9_]+)["']""")


def read_directly() -> set[str]:
    """Names of variables that product code takes from an environment without the settings."""
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return {name for path in files for name in DIRECTLY.findall(Path(path).read_text())}


def test_every_variable_is_documented() -> None:
    """Each variable that is read has its line in .env.example."""
    assert set(READ) | read_directly() <= set(DOCUMENTED)


def test_nothing_is_documented_that_nobody_reads() -> None:
    """Each line of .env.example is read by the settings, by a process on its own, or by the compose file."""
    assert set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text())) >= ONLY_COMPOSE
    assert set(DOCUMENTED) <= set(READ) | read_directly() | ONLY_COMPOSE


def test_documented_defaults_are_the_real_ones() -> None:
    """What .env.example shows is what an absent variable means in the sandbox."""
    real = {name: variable.default or "" for name, variable in READ.items()}
    assert {name: DOCUMENTED[name] for name in real} == real


def test_every_line_is_a_comment() -> None:
    """A copy of .env.example changes nothing until somebody changes it."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
