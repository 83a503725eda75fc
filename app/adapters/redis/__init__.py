"""Redis: limiters, caches and live events. All of it may be lost at any time; Postgres holds the data."""
