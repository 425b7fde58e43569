"""Pages of floor 0, one module a subject."""
