"""How much leased or long work is done at once."""
