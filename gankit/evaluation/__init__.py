"""Numbers about a generator, from its samples and the data alone."""
