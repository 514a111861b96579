"""What is exported computes what the network does, for any number of samples and any size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from gankit.base.errors import UserError
from gankit.export.graph import Graph, graph_of
from gankit.export.onnx import onnx_bytes, run_onnx
from gankit.export.program import program_bytes, program_of, run_program
from gankit.game import Generator, Translator
from gankit.game.prior import Prior
from tests.rows import rows
from tests.tiny import OTHERWISE, POINTS, TINY, Tiny

ALL = {**TINY, "points": POINTS}


def network(tiny: Tiny) -> Any:
    torch.manual_seed(0)
    return tiny.method.players(tiny.spec).generator.eval().requires_grad_(False)


def graph(name: str, **options: Any) -> Graph:
    return graph_of(network(ALL[name]), ALL[name].spec, {}, **options).eval()


QUICK = ("dcgan", "cgan", "points")
"""Those that `make test` exports as well: convolutions, labels and points."""


@pytest.mark.parametrize("name", rows(ALL, ALL.keys() - set(QUICK)))
def test_every_method_is_exported(name: str) -> None:
    made = graph(name)
    program = program_of(made)
    onnx, torchs = onnx_bytes(made, program, {}), program_bytes(program, {})
    for n, seed in ((1, 1), (5, 2)):
        inputs = made.examples(n, seed=seed)
        own = made(*inputs)
        assert own.shape[0] == n
        torch.testing.assert_close(run_onnx(onnx, inputs), own, rtol=0, atol=1e-5)
    torch.testing.assert_close(run_program(torchs, inputs), own, rtol=0, atol=1e-5)


def test_samples_that_depend_on_their_batch_are_refused() -> None:
    tiny = OTHERWISE["cgan-normalised-by-batch"]
    with pytest.raises(UserError, match=r"the batch they are made in.*--network\.sample-norm running to export it"):
        graph_of(network(tiny), tiny.spec, {})


def test_images_are_the_generators_own_in_other_units() -> None:
    generator = network(TINY["dcgan"])
    assert isinstance(generator, Generator)
    latents = generator.prior.draw(4)
    floats, bytes_ = (graph("dcgan", uint8=uint8)(latents) for uint8 in (False, True))
    torch.testing.assert_close(floats * 2 - 1, generator(latents), atol=1e-6, rtol=0)
    assert bytes_.dtype == torch.uint8
    assert (bytes_.float() / 255 - floats).abs().max() <= 0.5 / 255 + 1e-6


def test_vectors_come_in_the_units_of_the_data() -> None:
    latents = torch.randn(5, 2)
    plain = graph_of(network(POINTS), POINTS.spec, {})(latents)
    rule = {"x": (10.0, 2.0), "y": (-1.0, 0.5)}
    given = graph_of(network(POINTS), POINTS.spec, rule)(latents)
    torch.testing.assert_close(given, plain * torch.tensor([2.0, 0.5]) + torch.tensor([10.0, -1.0]))


def test_codes_and_labels_have_names_of_their_own() -> None:
    codes = {port.name: port for port in graph("infogan").inputs}
    assert list(codes) == ["noise", "categorical_1", "continuous_1", "continuous_2"]
    assert codes["categorical_1"].values == {"classes": 10}
    labels = graph("cgan").inputs[1]
    assert (labels.name, labels.dtype, labels.values) == ("labels", "int64", {"classes": 10})
    assert "3" in labels.meaning


def test_a_code_reaches_its_part_of_the_latent() -> None:
    generator, made = network(TINY["infogan"]), graph("infogan")
    noise, category, *continuous = made.examples(3)
    latents = torch.cat([noise, torch.nn.functional.one_hot(category, 10).float(), *continuous], 1)
    torch.testing.assert_close(made(noise, category, *continuous) * 2 - 1, generator(latents), atol=1e-6, rtol=0)


def test_a_translators_noise_is_left_out_and_its_padding_is_inside() -> None:
    translator = network(TINY["pix2pix"])
    assert isinstance(translator, Translator)
    made = graph("pix2pix")
    odd = torch.rand(2, 1, 21, 30)
    assert made(odd).shape == (2, 3, 21, 30)
    torch.testing.assert_close(made(odd), made(odd), rtol=0, atol=0)


def test_the_way_back_is_another_graph() -> None:
    there, back = (graph("cyclegan", backwards=way) for way in (False, True))
    assert there(torch.rand(1, 1, 12, 12)).shape == (1, 3, 12, 12)
    assert back(torch.rand(1, 3, 12, 12)).shape == (1, 1, 12, 12)
    with pytest.raises(UserError, match="one way only"):
        graph("pix2pix", backwards=True)
    with pytest.raises(UserError, match="this is none"):
        graph("dcgan", backwards=True)


def test_what_can_not_be_described_is_refused() -> None:
    class Own(Prior):
        def draw(self, n: int, device: Any = "cpu") -> Any:
            return torch.zeros(n, self.size)

    generator = network(TINY["dcgan"])
    generator.prior = Own(generator.prior.size)
    with pytest.raises(UserError, match="prior of one's own"):
        graph_of(generator, TINY["dcgan"].spec, {})
    with pytest.raises(UserError, match="uint8 is for images"):
        graph_of(network(POINTS), POINTS.spec, {}, uint8=True)


def test_a_truncated_prior_says_so() -> None:
    generator = network(POINTS)
    generator.prior = replace(generator.prior, bound=1.5)
    (port,) = graph_of(generator, POINTS.spec, {}).inputs
    assert port.values == {"normal": 1.5}
    assert "within 1.5" in port.meaning
