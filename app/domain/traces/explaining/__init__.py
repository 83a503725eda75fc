"""Explanations of decisions: English sentences for codes and steps."""

from app.domain.traces.explaining.reasons import explain_reason
from app.domain.traces.explaining.sentences import Explained, explain_steps

__all__ = ["Explained", "explain_reason", "explain_steps"]
