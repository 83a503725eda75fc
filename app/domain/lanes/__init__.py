"""LLM lanes: prompts that share a request, their answers, and the bulk kinds of work."""
