"""The outside world: database, broker, mail, files."""
