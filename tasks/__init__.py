"""Celery tasks: thin shells that parse ids, call one service and return nothing."""
