"""What a StoryIndex costs: one writer and several."""
