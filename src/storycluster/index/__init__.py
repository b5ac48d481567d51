"""What is behind a StoryIndex: articles that come and go → stories, in memory and for a store to keep.

From below: ``live`` (arrays), ``partition`` (edges → stories), ``stream`` (articles → edges), ``desk`` (entries → what
has changed), ``writers`` (entries → memory and store).
"""
