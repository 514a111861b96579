# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own photos
#
# Point `PHOTOS` at a folder of pictures, or a `.zip` of them; any sizes and formats will do. Without a folder of yours
# this notebook draws some discs.

# %%
from pathlib import Path

import numpy as np
from PIL import Image

import gankit
from gankit.data import open_data
from gankit.networks import DCGANNetwork

PHOTOS = "photos"
SIZE, STEPS = 32, 2000

if not Path(PHOTOS).exists():
    Path(PHOTOS).mkdir()
    chance, grid = np.random.default_rng(0), np.mgrid[:48, :48]
    for number in range(300):
        middle, radius, colour = chance.uniform(12, 36, 2), chance.uniform(6, 12), chance.uniform(80, 255, 3)
        disc = ((grid - middle[:, None, None]) ** 2).sum(0) < radius**2
        Image.fromarray((disc[..., None] * colour).astype("uint8")).save(f"{PHOTOS}/{number:03}.png")

# %% [markdown]
# ## What would be trained on
#
# How many there are, in which form, and what was done to them.

# %%
open_data(PHOTOS, size=SIZE)

# %% [markdown]
# ## Train

# %%
method = gankit.DCGAN(network=DCGANNetwork(width=16), batch_size=32)
run = gankit.train(method, data=PHOTOS, size=SIZE, out="runs/photos", steps=STEPS)
run

# %%
run.sample(64)

# %% [markdown]
# ## Are samples copies of the photos?
#
# The report looks for the nearest photo of every sample, and says whether samples are nearer to training images than
# other photos would be.

# %%
gankit.evaluate(run, metrics=("memorisation",), samples=200)

# %% [markdown]
# ## Keep and use it
#
# One ONNX file for other programs; `run.export("web")` makes a page for the browser.

# %%
run.export("torch", out="runs/photos.pt2")
