"""The optimisers papers use, as data: what to build, and its settings as a function of the step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from gankit.base.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Optimizer(ABC):
    """A learning rate with its schedule; a subclass adds the rule that uses it."""

    lr: float
    """Learning rate at the start."""
    decay_after: int = 0
    """Step from which the rate falls linearly."""
    decay_steps: int = 0
    """Steps that the linear fall to zero takes; 0 keeps the rate constant."""

    decay_after_epochs: float = 0.0
    """The same in epochs: passes through the data, by the images seen."""
    decay_epochs: float = 0.0
    """Epochs that the linear fall to zero takes; 0 leaves it to `decay_steps`."""

    def __post_init__(self) -> None:
        if not self.lr > 0:
            raise UserError(f"a learning rate must be above 0, not {self.lr}")
        if self.decay_after < 0 or self.decay_steps < 0:
            raise UserError("decay-after and decay-steps count steps: they can't be negative")
        if not min(self.decay_after_epochs, self.decay_epochs) >= 0:
            raise UserError("decay-after-epochs and decay-epochs count epochs: they can't be negative")
        if self.decay_epochs and self.decay_steps:
            raise UserError("the rate falls over decay-steps or over decay-epochs, not both: set one of them to 0")

    @abstractmethod
    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The torch optimiser over `parameters`, in its fused form where there is one."""

    def settings(self, step: int, epoch: float = 0.0) -> dict[str, float]:
        """What the parameter groups should hold on `step`, `epoch` passes into the data (both from 0): a pure function
        of the two."""
        if self.decay_epochs:
            fallen = (epoch - self.decay_after_epochs) / self.decay_epochs
        elif self.decay_steps:
            fallen = (step - self.decay_after) / self.decay_steps
        else:
            return {"lr": self.lr}
        return {"lr": self.lr * (1 - min(max(fallen, 0.0), 1.0))}


@dataclass(frozen=True, kw_only=True)
class Adam(Optimizer):
    """Kingma and Ba, "Adam", 2014. arXiv:1412.6980"""

    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    """Decay rates of the running means of the gradient and of its square."""
    weight_decay: float = 0.0
    """L2 penalty, added to the gradient."""
    root_eps: float = 0.0
    """Added to the mean square within its root, in the place of the 1e-8 outside: a floor under it. The released code
    of Salimans et al. 2016 (arXiv:1606.03498) has 1e-8 there, so a gradient counts as at least 1e-4."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.root_eps >= 0:
            raise UserError(f"root-eps can't be negative: {self.root_eps}")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise UserError(f"betas must be at least 0 and below 1, not {self.betas[0]} and {self.betas[1]}")
        if not self.weight_decay >= 0:
            raise UserError(f"weight-decay can't be negative: {self.weight_decay}")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        if self.root_eps:
            return FlooredAdam(parameters, self.lr, self.betas, self.weight_decay, self.root_eps)
        return torch.optim.Adam(parameters, lr=self.lr, betas=self.betas, weight_decay=self.weight_decay, fused=True)


class FlooredAdam(torch.optim.Optimizer):
    """Adam whose small constant is within the root: p -= lr m / sqrt(v + root_eps), m and v without bias."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float],
        weight_decay: float,
        root_eps: float,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay, "root_eps": root_eps})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            first, second = group["betas"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                gradient = parameter.grad.add(parameter, alpha=group["weight_decay"])
                state = self.state[parameter]
                if not state:
                    state["step"] = torch.zeros(())
                    state["exp_avg"], state["exp_avg_sq"] = (torch.zeros_like(parameter) for _ in range(2))
                state["step"] += 1
                count = float(state["step"])
                mean = state["exp_avg"].lerp_(gradient, 1 - first) / (1 - first**count)
                square = state["exp_avg_sq"].mul_(second).addcmul_(gradient, gradient, value=1 - second)
                root = (square / (1 - second**count) + group["root_eps"]).sqrt()
                parameter.addcdiv_(mean, root, value=-group["lr"])


@dataclass(frozen=True, kw_only=True)
class RMSProp(Optimizer):
    """Tieleman and Hinton, "Lecture 6.5: rmsprop", 2012. Without momentum."""

    lr: float = 5e-5
    smoothing: float = 0.99
    """Decay rate of the running mean of the gradient's square: PyTorch's; TensorFlow's is 0.9."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.smoothing < 1:
            raise UserError(f"smoothing must be at least 0 and below 1, not {self.smoothing}")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(parameters, lr=self.lr, alpha=self.smoothing)


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Gradient descent with a momentum that may grow and a rate that may shrink at every update."""

    lr: float = 0.1
    shrink: float = 1.0
    """The rate is divided by this at every step."""
    lr_floor: float = 0.0
    """The rate never shrinks below this."""
    momentum: float = 0.0
    """Momentum at the start."""
    final_momentum: float | None = None
    """Momentum after `momentum_steps`; none keeps it constant."""
    momentum_steps: int = 1
    """Steps of the linear change from `momentum` to `final_momentum`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shrink < 1 or self.momentum_steps < 1:
            raise UserError("shrink and momentum-steps must be at least 1")
        for momentum in (self.momentum, self.final_momentum or 0.0):
            if not 0 <= momentum < 1:
                raise UserError(f"momentum must be at least 0 and below 1, not {momentum}")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=self.lr, momentum=self.momentum, fused=True)

    def settings(self, step: int, epoch: float = 0.0) -> dict[str, float]:
        rate = max(super().settings(step, epoch)["lr"] * self.shrink**-step, self.lr_floor)
        last = self.momentum if self.final_momentum is None else self.final_momentum
        grown = min(step / self.momentum_steps, 1.0)
        return {"lr": rate, "momentum": self.momentum + (last - self.momentum) * grown}
