"""The steps of one look at an LLM lane: claim, call, record."""
