"""Providers of language models: the list and its changes, their state, tests of them."""
