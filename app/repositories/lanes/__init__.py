"""LLM lanes, their jobs, and the ledger of requests."""
