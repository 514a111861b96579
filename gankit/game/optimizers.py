"""The optimisers papers use, as data: what to build, and its settings as a function of the step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import nn

from gankit.base.bounds import Between, Bounded, Share, Steps, StepsOrNone, Weight

Rate = Annotated[float, Between(0, 1e3, above=True)]


@dataclass(frozen=True, kw_only=True)
class Optimizer(Bounded, ABC):
    """A learning rate with its schedule; a subclass adds the rule that uses it."""

    lr: Rate
    """Learning rate at the start."""
    decay_after: StepsOrNone = 0
    """Step from which the rate falls linearly."""
    decay_steps: StepsOrNone = 0
    """Steps that the linear fall to zero takes; 0 keeps the rate constant."""

    @abstractmethod
    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The torch optimiser over `parameters`, in its fused form where there is one."""

    def settings(self, step: int) -> dict[str, float]:
        """What the parameter groups should hold on `step` (counted from 0): a pure function of the step."""
        if not self.decay_steps:
            return {"lr": self.lr}
        fallen = (step - self.decay_after) / self.decay_steps
        return {"lr": self.lr * (1 - min(max(fallen, 0.0), 1.0))}


@dataclass(frozen=True, kw_only=True)
class Adam(Optimizer):
    """Kingma and Ba, "Adam", 2014. arXiv:1412.6980"""

    lr: Rate = 2e-4
    betas: tuple[Share, Share] = (0.5, 0.999)
    """Decay rates of the running means of the gradient and of its square."""
    weight_decay: Weight = 0.0
    """L2 penalty, added to the gradient."""

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters, lr=self.lr, betas=self.betas, weight_decay=self.weight_decay, fused=True)


@dataclass(frozen=True, kw_only=True)
class RMSProp(Optimizer):
    """Tieleman and Hinton, "Lecture 6.5: rmsprop", 2012. Without momentum."""

    lr: Rate = 5e-5
    smoothing: Share = 0.99
    """Decay rate of the running mean of the gradient's square: PyTorch's; TensorFlow's is 0.9."""

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(parameters, lr=self.lr, alpha=self.smoothing)


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Gradient descent with a momentum that may grow and a rate that may shrink at every update."""

    lr: Rate = 0.1
    shrink: Annotated[float, Between(1, 10)] = 1.0
    """The rate is divided by this at every step."""
    lr_floor: Weight = 0.0
    """The rate never shrinks below this."""
    momentum: Share = 0.0
    """Momentum at the start."""
    final_momentum: Share | None = None
    """Momentum after `momentum_steps`; none keeps it constant."""
    momentum_steps: Steps = 1
    """Steps of the linear change from `momentum` to `final_momentum`."""

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=self.lr, momentum=self.momentum, fused=True)

    def settings(self, step: int) -> dict[str, float]:
        rate = max(super().settings(step)["lr"] * self.shrink**-step, self.lr_floor)
        last = self.momentum if self.final_momentum is None else self.final_momentum
        grown = min(step / self.momentum_steps, 1.0)
        return {"lr": rate, "momentum": self.momentum + (last - self.momentum) * grown}
