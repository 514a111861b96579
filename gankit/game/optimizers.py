"""The optimisers papers use, as data: what to build, and its settings as a function of the step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import nn

from gankit.base.bounds import Between, Bounded, Share, Steps, StepsOrNone, Weight
from gankit.base.errors import UserError

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

    decay_after_epochs: Weight = 0.0
    """The same in epochs: passes through the data, by the images seen."""
    decay_epochs: Weight = 0.0
    """Epochs that the linear fall to zero takes; 0 leaves it to `decay_steps`."""

    def __post_init__(self) -> None:
        if self.decay_epochs and self.decay_steps:
            raise UserError("the rate falls over decay-steps or over decay-epochs, not both: set one of them to 0")

    @property
    def uncapturable(self) -> str:
        """Why its step can't be recorded as a graph of a device; "" where it can. The rate may change."""
        return ""

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

    lr: Rate = 2e-4
    betas: tuple[Share, Share] = (0.5, 0.999)
    """Decay rates of the running means of the gradient and of its square."""
    weight_decay: Weight = 0.0
    """L2 penalty, added to the gradient."""
    root_eps: Weight = 0.0
    """Added to the mean square within its root, in the place of the 1e-8 outside: a floor under it. The released code
    of Salimans et al. 2016 (arXiv:1606.03498) has 1e-8 there, so a gradient counts as at least 1e-4."""

    @property
    def uncapturable(self) -> str:
        return "Adam with root-eps counts its steps on the host" if self.root_eps else ""

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

    @property
    def uncapturable(self) -> str:
        changes = self.final_momentum not in (None, self.momentum)
        return "SGD's momentum changes from step to step" if changes else ""

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=self.lr, momentum=self.momentum, fused=True)

    def settings(self, step: int, epoch: float = 0.0) -> dict[str, float]:
        rate = max(super().settings(step, epoch)["lr"] * self.shrink**-step, self.lr_floor)
        last = self.momentum if self.final_momentum is None else self.final_momentum
        grown = min(step / self.momentum_steps, 1.0)
        return {"lr": rate, "momentum": self.momentum + (last - self.momentum) * grown}
