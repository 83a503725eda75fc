"""Operators: their accounts and passwords."""
