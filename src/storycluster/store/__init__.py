"""Where a StoryIndex keeps its state: one contract (``contract``), several stores."""
