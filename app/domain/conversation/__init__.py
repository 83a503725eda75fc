"""What was said in a chat, as the engine and prompts see it."""
