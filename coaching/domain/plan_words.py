"""The words for plans, milestones and relationships, and which state of a milestone may follow which."""

from collections.abc import Mapping

PLAN_STATES = ("draft", "active", "completed", "superseded")
MILESTONE_EVENT_KINDS = ("started", "reached", "postponed", "dropped")
RELATIONSHIP_KINDS = ("mentor", "peer", "leader", "group", "event")
RELATIONSHIP_STATES = ("active", "quiet", "ended")
INTERACTION_KINDS = ("met", "called", "wrote", "attended")
DECISIONS = ("stay", "shift", "leave")
FIND_A_MENTOR = "mentor-found"

# 'overdue' is none: it is derived from the date. Postponing moves the date, never the state.
MILESTONE_MOVES: Mapping[str, tuple[str, ...]] = {
    "proposed": ("active", "started", "reached", "dropped"),
    "active": ("started", "reached", "dropped"),
    "started": ("reached", "dropped"),
    "reached": (),
    "dropped": ("started", "reached"),
}
MILESTONE_STATES = tuple(MILESTONE_MOVES)
# Still to be done, and so reminded of.
OPEN_MILESTONES = ("active", "started")
