"""Messages of chats, and their members."""
