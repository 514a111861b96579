"""The command line: a command lives in the file of its name, and its options are the dataclasses of the Python side."""
