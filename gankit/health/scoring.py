"""What any discriminator says of data, as one score."""

from __future__ import annotations

import inspect

from torch import Tensor, nn

from gankit.base.errors import UserError
from gankit.losses.objectives import real_class_score
from gankit.networks import Autoencoder


def takes_labels(network: nn.Module) -> bool:
    """Whether `network` is a discriminator of data and labels, as a conditional GAN's is."""
    needed = [p for p in inspect.signature(network.forward).parameters.values() if p.default is p.empty]
    return len([p for p in needed if p.kind is p.POSITIONAL_OR_KEYWORD]) > 1


def score_map(network: nn.Module, data: Tensor, labels: Tensor | None = None) -> Tensor:
    """What a discriminator says of `data` [n, *shape]: higher for more real, [n] or a map [n, 1, h, w].

    An auto-encoder scores every place by minus its error there, averaged over channels; one that names K classes by
    log Z, as in `objectives.real_class_score`; one that only sorts into categories by how sure it is, in nats.
    """
    output = network(data, labels) if takes_labels(network) else network(data)
    if isinstance(network, Autoencoder):
        error = (output.float() - data).abs()
        return -error.mean(1, keepdim=True) if error.dim() == 4 else -error.flatten(1).mean(1)
    if isinstance(output, dict):
        if "score" in output:
            return output["score"].float()
        if "classes" in output:
            return real_class_score(output["classes"])
        if "categories" in output:
            logs = output["categories"].float().log_softmax(-1)
            return (logs.exp() * logs).sum(-1)
        raise UserError(f"none of its answers is a score: {', '.join(output)}")
    if output.dim() == 4 and output.shape[1] == 1:
        return output.float()
    if output.numel() == len(data):
        return output.float().flatten()
    raise UserError(f"it answers {list(output.shape[1:])} for each image, where a score or a map of scores is needed")


def scores(network: nn.Module, data: Tensor, labels: Tensor | None = None) -> Tensor:
    """The same as one number for each of `data`, [n]: the mean of a map."""
    return score_map(network, data, labels).reshape(len(data), -1).mean(1)
