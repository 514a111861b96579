"""The commands that do something, a file for those of a kind; their options are the dataclasses of the Python side."""
