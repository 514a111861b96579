"""Where data come from: one kind of source, one file."""
