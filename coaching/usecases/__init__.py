"""Verbs: each loads what it needs, lets the domain decide, and saves, inside one transaction."""
