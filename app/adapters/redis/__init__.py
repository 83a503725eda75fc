"""Redis: limiters, the profile cache and live events. Nothing here is the truth; all of it may be lost at any time."""
