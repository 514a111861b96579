"""Programs to read and run: tutorials, a whole GAN with nothing hidden, and what made the files that gankit ships.

`gankit examples` lists them, runs one, or copies them to where they can be changed.
"""
