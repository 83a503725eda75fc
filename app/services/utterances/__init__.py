"""Operators' decisions on utterances."""
