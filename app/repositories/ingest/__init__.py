"""The inbox of updates, the rows they produce, mentions, and leases of tokens."""
