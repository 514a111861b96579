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
# # A first GAN
#
# Two networks play a game: a generator makes pictures from noise, and a discriminator tells them from real ones. Here
# they learn 8x8 digits that come with gankit, in a minute or two on a CPU.

# %%
import gankit
from gankit.networks import DCGANNetwork

STEPS = 1500

# %% [markdown]
# ## Look at the data

# %%
from gankit.data import open_data

open_data("digits")

# %% [markdown]
# ## Train
#
# A method is a dataclass whose defaults are its paper's. Running this cell again goes on where it was; interrupting it
# leaves a checkpoint.

# %%
method = gankit.DCGAN(network=DCGANNetwork(width=32))
run = gankit.train(method, data="digits", out="runs/first-gan", steps=STEPS)
run

# %% [markdown]
# ## Sample

# %%
run.sample(64)

# %% [markdown]
# Equal seeds make equal samples, and the values are there as a tensor [n, C, H, W] in [-1, 1].

# %%
run.sample(4, seed=7).values.shape

# %% [markdown]
# ## How good is it?
#
# The Fréchet distance between real and generated digits through a small classifier, with a 95 % interval; lower is
# better.

# %%
gankit.evaluate(run, metrics=("frechet", "prdc"), samples=1000)
