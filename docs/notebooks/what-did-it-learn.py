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
# # What did it learn?
#
# An InfoGAN is given no labels, and finds codes that mean something: which digit, how slanted.

# %%
import torch

import gankit
from gankit.pictures import grid

STEPS = 1500

# %%
run = gankit.train(gankit.InfoGAN(), data="digits", out="runs/codes", steps=STEPS)
generator = run.generator()

# %% [markdown]
# ## One code at a time
#
# A row for each category, the same noise in every column.

# %%
prior = generator.prior
slices = prior.slices()
torch.manual_seed(0)
latents = prior.draw(10).repeat(10, 1)
latents[:, slices["categorical-1"]] = torch.eye(10).repeat_interleave(10, 0)
grid(generator(latents).detach(), columns=10)

# %% [markdown]
# ## A continuous code from end to end

# %%
latents = prior.draw(1).repeat(10, 1)
latents[:, slices["continuous-1"]] = torch.linspace(-1.5, 1.5, 10)[:, None]
grid(generator(latents).detach(), columns=10)

# %% [markdown]
# ## Between two samples
#
# A walk in a straight line between two latents: smooth where the generator has learned more than examples.

# %%
first, last = prior.draw(2)
share = torch.linspace(0, 1, 12)[:, None]
grid(generator(first * (1 - share) + last * share).detach(), columns=12)
