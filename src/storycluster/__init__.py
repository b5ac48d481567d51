"""storycluster turns a stream of news articles into stories: one story with a list of outlets."""
