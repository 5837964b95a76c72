"""The operator's door: the `waypoint` commands."""
