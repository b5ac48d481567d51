"""Files of articles, read one by one: `read_articles` is the door."""
