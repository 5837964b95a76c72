"""The queue-and-clock door: thin Celery tasks that hold ids only."""
