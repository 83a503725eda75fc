"""Headlines of news feeds."""
