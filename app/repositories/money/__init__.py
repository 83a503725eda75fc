"""What each day costs, and who pays."""
