"""What a tick saw and decided: its record, its codec, its explanation."""
