"""Makes the environment in `.venv` out of the locks: `python -m environment run`, before anything is installed.

Only the standard library is used here.
"""
