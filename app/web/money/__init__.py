"""Costs and budgets of the fleet."""

from app.web.money.routes import blueprint

__all__ = ["blueprint"]
