"""A second judge of those whom a feature network flatters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gankit.base.errors import UserError
from gankit.data import Pack
from gankit.features import FeatureNetwork, feature_network
from gankit.features.choose import PHOTOS
from gankit.networks.fixed import LEARNED


def second_judge(
    network: FeatureNetwork, pretrained: Mapping[str, str], pack: Pack, *, frechet: bool, say: Callable[[str], None]
) -> FeatureNetwork | None:
    """The feature network through which the Fréchet distance is taken as well: one that learned from other pictures.

    pretrained: by the name of each that is judged, what a network learned from that it was trained through; "" of none.
    frechet: whether the distance is taken at all.

    None where `network` flatters nobody, and where the other can't be had; the reason is said.
    """
    flattered = [name for name, pictures in pretrained.items() if pictures and pictures == network.learned_from]
    if not flattered:
        return None
    other = next(name for name in PHOTOS if LEARNED[name] != network.learned_from)
    flatters = (
        f"{network.name} flatters {', '.join(flattered)}, trained through a network that learned from "
        f"{network.learned_from} as it did"
    )
    if not frechet:
        say(f"{flatters}: judge by --features {other} and by samples as well")
        return None
    try:
        second = feature_network(other, pack.spec, pack.source)
    except UserError as error:
        say(f"{flatters}, and {other} can't judge here ({error}): judge by samples as well")
        return None
    say(f"{flatters}: the Fréchet distance through {other} stands beside; judge by that and by samples")
    return second
