"""An OpenAI-compatible server whose sentences are made from the persona and the chat it is given."""
