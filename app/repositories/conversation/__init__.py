"""What was said in chats, and who is in them."""
