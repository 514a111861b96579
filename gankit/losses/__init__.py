"""Pure functions of scores, and of the gradient of a discriminator: what players minimise."""
