"""The future in memory: the live rules, run by a clock that is moved from due time to due time."""
