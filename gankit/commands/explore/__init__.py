"""gankit explore: one question, one file."""
