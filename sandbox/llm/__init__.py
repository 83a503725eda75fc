"""An OpenAI-compatible server whose sentences are generated from the persona and the chat of each prompt."""
