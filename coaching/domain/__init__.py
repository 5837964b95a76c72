"""Pure rules: no clock, no chance, no database; `now` is always an argument."""
