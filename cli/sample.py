"""The one place where `waypoint up --sample` loads the made-up caseload."""

from coaching.settings import Settings


def load_sample_once(settings: Settings) -> int:
    """Load the sample caseload into a database that has no clients; return how many were added."""
    del settings
    return 0
