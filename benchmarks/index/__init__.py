"""What a StoryIndex takes, and what it withstands."""
