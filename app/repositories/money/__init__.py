"""Daily spending and budgets."""
