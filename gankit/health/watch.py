"""Looks at a game now and then, without touching it: what training is handed to know whether it is healthy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from gankit.base.randomness import derive, seeded
from gankit.data import Pack
from gankit.features import FeatureNetwork
from gankit.game import Generator, Terms
from gankit.game.batch import Batch, Images, Labelled, Paired, Unpaired
from gankit.health import signals
from gankit.health.judge import WINDOW, Judge
from gankit.health.reference import ENOUGH, Few, Reference
from gankit.health.scoring import scores
from gankit.health.verdict import Verdict
from gankit.training.care import Trouble
from gankit.training.state import State

EVERY = 50
"""Steps between looks, at least."""
TRACE = 512
"""Steps whose losses are kept, to find a period in."""
PATH = 16
"""Looks at the fixed latents that are kept."""
PREFIX = "health/"
PLAYERS = ("generator", "discriminator")
CARED_FOR: dict[str, tuple[str, ...]] = {"mode collapse": ("generator",), "diverging": PLAYERS}
"""The verdicts that automatic care acts on, and whose rates it lowers."""


class Watch:
    """The signals of one game. Its memory is tensors, which go into checkpoints as the players' do."""

    def __init__(
        self,
        state: State,
        train: Pack,
        held_out: Callable[[], Pack | None] = lambda: None,
        classifier: FeatureNetwork | None = None,
        *,
        every: int = EVERY,
        remedy: Callable[[Verdict], str] = lambda verdict: "",
    ) -> None:
        """`held_out` opens data that are not trained on, where there are any; it is called at the first look.
        `classifier` tells classes of the data. `remedy` gives the command that a verdict is logged with."""
        self.remedy = remedy
        self.verdicts = Judge(state.method.scores.kind)
        self.state, self.every = state, every
        method, device = state.method, state.device
        self.generator, self.discriminator = state.players
        self.latent = isinstance(self.generator, Generator)
        task = method.batch_type
        self.task: type[Batch] = task if task in (Labelled, Paired, Unpaired) else Images
        self.train = Few.of(train, device)
        self._held_out = held_out
        wanted = self.train.images if self.train.other is None else self.train.other
        self.reference = Reference(wanted, classifier if self.latent else None, state.seed)
        self.scored = min(max(2 * method.batch_size, 32), 128, len(self.train.images))
        self.shown = (
            self.scored if not self.latent else min(max(method.batch_size, 64), 128 if wanted.dim() == 4 else 256)
        )
        if not self.latent:
            self.scored = self.shown = min(4, len(self.train.images))
        with seeded(device, derive(state.seed, "health", "latents")):
            self.latents = (
                self.generator.prior.draw(self.shown, device) if self.latent else self.train.images[: self.shown]
            )
        self.labels = None
        if self.latent and self.generator.classes:
            self.labels = torch.arange(self.shown, device=device) % self.generator.classes
        self._trace: list[Terms] = []
        self._before = torch.zeros(0, 2)
        self._path = torch.zeros(0, device=device)
        self._norms: dict[str, Tensor] = {}
        self._armed = False
        for name in PLAYERS:
            state.optimizers[name].register_step_pre_hook(self._norm_of(name))

    @cached_property
    def held_out(self) -> Few | None:
        pack = self._held_out()
        return Few.of(pack, self.state.device) if pack is not None else None

    def before(self, step: int) -> None:
        """Told before the step that ends at `step`."""
        self._armed = self.state.watched = self.due(step)

    def after(self, terms: Terms) -> None:
        """Told of the terms of a step that was played."""
        self._trace.append(terms)

    def due(self, step: int) -> bool:
        """Whether there is a look after `step`."""
        return step % self.every == 0

    @torch.no_grad()
    def look(self) -> dict[str, float]:
        """The signals after the step that was played last, fetched from the device in one transfer."""
        state = self.state
        found: dict[str, Tensor] = {}
        seed = derive(state.seed, "health", state.step)
        with undisturbed(state.players), seeded(state.device, derive(state.seed, "health", "look")):
            samples = self.generator(self.latents, self.labels) if self.latent else self.generator(self.latents)
            samples = samples.float()
            found |= self._scores(samples, seed)
        features = self.reference.features(samples)
        found |= self.reference.signals(samples, features, seed)
        found |= self._moves(features)
        found |= self._gradients()
        found |= self._losses()
        values = torch.stack([value.float().reshape(()) for value in found.values()]).tolist()
        return {f"{PREFIX}{name}": value for name, value in zip(found, values, strict=True)}

    def tensors(self) -> dict[str, Tensor]:
        """What it remembers between looks."""
        return {"losses": self._curves(), "path": self._path}

    def judge(self, step: int, values: Mapping[str, float]) -> dict[str, Any] | None:
        """The verdict after `step`, where it is another than before; `values` are those of the log."""
        before = self.verdicts.verdict
        verdict = self.verdicts.add(step, signals_of(values))
        silent = verdict.same(before) or verdict.name == "not enough evidence"
        return None if silent else verdict.entry(self.remedy(verdict))

    def trouble(self) -> Trouble | None:
        """What the game needs care for: a collapse, of which the generator is to blame, or that it diverges."""
        said = self.verdicts.verdict
        if said is None or said.name not in CARED_FOR:
            return None
        return Trouble(said.title, said.since - self.window, CARED_FOR[said.name])

    @property
    def window(self) -> int:
        return WINDOW * self.every

    def restore(self, tensors: dict[str, Tensor], entries: Sequence[Mapping[str, Any]]) -> None:
        """Take up what `tensors` returned, {} being a fresh memory, and the lines of the log so far."""
        self._trace = []
        self._before = tensors.get("losses", torch.zeros(0, 2))
        self._path = tensors.get("path", torch.zeros(0)).to(self.state.device)
        self.verdicts = Judge(self.state.method.scores.kind)
        for entry in entries:
            if found := signals_of(entry):
                self.verdicts.add(entry["step"], found)

    def _norm_of(self, name: str) -> Any:
        def hook(optimizer: torch.optim.Optimizer, *given: object) -> None:
            if self._armed:
                gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
                self._norms[name] = signals.total_norm(gradients)

        return hook

    def _scores(self, samples: Tensor, seed: int) -> dict[str, Tensor]:
        """What the discriminator says of data it learns from, of data it has not seen, and of samples."""
        n = self.scored
        batch: Any = self.train.batch(self.task, n, seed)
        fresh: Any = self.held_out.batch(self.task, n, seed) if self.held_out else None
        if self.latent:
            labels = None if self.labels is None else self.labels[:n]
            fake = scores(self.discriminator, samples[:n], labels)
            real = scores(self.discriminator, batch.images, getattr(batch, "labels", None))
            held = scores(self.discriminator, fresh.images, getattr(fresh, "labels", None)) if fresh else None
        else:
            real, fake = self._judged(batch)
            held = self._judged(fresh)[0] if fresh else None
        scale = torch.cat([real, fake]).std().clamp(min=1e-12)
        found = {
            "separation": signals.ranked(real, fake),
            "score_gap": real.mean() - fake.mean(),
            "score_size": torch.cat([real, fake]).abs().mean(),
            "score_gap_relative": (real.mean() - fake.mean()) / scale,
        }
        rule = self.state.method.scores
        if rule.kind == "classifier":
            found["accuracy_real"] = signals.above(real, rule.boundary)
            found["accuracy_fake"] = 1 - signals.above(fake, rule.boundary)
        if held is not None:
            if rule.kind == "classifier":
                found["accuracy_held_out"] = signals.above(held, rule.boundary)
            if n >= ENOUGH:
                found["memorised"] = signals.ranked(real, held)
            found["gap_held_out"] = (real.mean() - held.mean()) / scale
        return found

    def _judged(self, batch: Any) -> tuple[Tensor, Tensor]:
        network, pictures = self.state.method.judged(self.state.players, batch)  # pyright: ignore[reportAttributeAccessIssue]
        real, fake = (scores(network, pictures[name]) for name in ("real", "generated"))
        return real, fake

    def _moves(self, features: Tensor) -> dict[str, Tensor]:
        path = self._path if self._path.numel() else self._path.new_zeros(0, *features.shape)
        self._path = torch.cat([path, features[None]])[-PATH:]
        if len(self._path) < 2:
            return {}
        moved = (self._path[-1] - self._path[-2]).square().sum(-1).mean().sqrt() / self.reference.scale
        found = {"drift": moved}
        if len(self._path) >= 8:
            found["comes_back"] = signals.comes_back(self._path)
        return found

    def _gradients(self) -> dict[str, Tensor]:
        norms = {f"gradient_{name}": norm for name, norm in self._norms.items()}
        if len(norms) == 2:
            norms["gradient_ratio"] = norms["gradient_generator"] / norms["gradient_discriminator"].clamp(min=1e-30)
        self._norms = {}
        return norms

    def _curves(self) -> Tensor:
        """Each player's loss, step by step, [n, 2] in float32 on the CPU."""
        if self._trace:
            sums = []
            for name in PLAYERS:
                own = [term for term in self._trace[-1] if term.startswith(f"{name}/")]
                values = [[terms[term].float() for term in own if term in terms] for terms in self._trace]
                flat = [value for row in values for value in row]
                if not own or len(flat) != len(own) * len(self._trace):
                    sums.append(torch.zeros(len(self._trace)))
                    continue
                sums.append(torch.stack(flat).reshape(len(self._trace), len(own)).sum(1).cpu())
            self._before = torch.cat([self._before, torch.stack(sums, 1)])[-TRACE:]
            self._trace = []
        return self._before

    def _losses(self) -> dict[str, Tensor]:
        curves = self._curves()
        found: dict[str, Tensor] = {}
        for index, name in enumerate(PLAYERS):
            curve = curves[:, index]
            found[f"loss_{name}"] = curve[-self.every :].mean()
            if len(curve) >= TRACE // 2:
                found[f"peak_{name}"] = signals.spectral_peak(curve)
                found[f"swing_{name}"] = curve.std() / curve.abs().mean().clamp(min=1e-12)
        return {name: value.to(self.state.device) for name, value in found.items()}


def signals_of(entry: Mapping[str, Any]) -> dict[str, float]:
    """The signals in a line of a log, without their prefix."""
    return {name.removeprefix(PREFIX): value for name, value in entry.items() if name.startswith(PREFIX)}


@contextmanager
def undisturbed(module: nn.Module) -> Iterator[None]:
    """Whatever buffers (running statistics, say) a forward pass changes within this are put back."""
    buffers = list(module.buffers())
    kept = [buffer.clone() for buffer in buffers]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in zip(buffers, kept, strict=True):
                buffer.copy_(value)
