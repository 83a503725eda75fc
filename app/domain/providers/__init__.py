"""Providers of language models: what an operator lists, what each was seen to take, and what each fails for."""
