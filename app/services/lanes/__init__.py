"""LLM lanes: claiming plans, calling a provider, recording answers."""
