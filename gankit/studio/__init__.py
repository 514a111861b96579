"""The studio: what was trained, to be touched in the browser. `gankit studio` starts it."""
