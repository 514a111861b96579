"""All that touches a run directory: training, looking at it, scoring it, comparing several."""
