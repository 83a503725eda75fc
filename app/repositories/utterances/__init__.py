"""The life of utterances in Postgres: the only place whose SQL sets `utterances.state`.

One writer a transition of `app/domain/utterance.py`, each with a compare on the old state. What other rooms need to
know of states, they read by the named sets in `sql.py`.
"""
