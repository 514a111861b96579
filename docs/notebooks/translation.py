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
# # From one kind of picture to another
#
# pix2pix learns from pairs. Here the pairs are made of digits: grey on the left, tinted on the right, so that the truth
# is known.

# %%
import gankit
from gankit.data import images, open_data
from gankit.networks import UNetNetwork

STEPS = 500

# %%
method = gankit.Pix2Pix(network=UNetNetwork(width=16, discriminator_width=16))
run = gankit.train(method, data="digits", pair="tint", size=16, out="runs/tint", steps=STEPS)
run

# %% [markdown]
# ## Translate
#
# Tensors [n, C, H, W] in [-1, 1] give tensors; files and pictures give pictures, in their own size.

# %%
from gankit.pictures import grid

greys = images(open_data("digits", size=16), [0, 1, 2, 3, 4, 5, 6, 7])
grid(run.translate(greys))

# %% [markdown]
# ## How far from the truth?

# %%
gankit.evaluate(run, metrics=("l1", "psnr", "ssim"))
