"""Two sides of one source: pairs of pictures, or two domains."""
