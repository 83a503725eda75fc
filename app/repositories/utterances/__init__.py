"""State transitions of utterances in Postgres: the only place whose SQL sets `utterances.state`.

One statement per transition of `app/domain/utterance.py`, each comparing the old state. Other rooms read states by the
named sets in `sql.py`.
"""
