"""What StoryIndex is claimed to hold: its size and speed, its rivals, crashes, floods, days of work."""
