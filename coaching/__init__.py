"""Everything about coaching that is true without Flask, Celery or a terminal."""
