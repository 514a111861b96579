"""Numbers about a generator, from its samples and the data alone."""

from __future__ import annotations

from gankit.evaluation.clusters import majority_error as majority_error
from gankit.evaluation.clusters import matched_error as matched_error
from gankit.evaluation.clusters import two_step_error as two_step_error
from gankit.evaluation.estimate import Estimate as Estimate
from gankit.evaluation.frechet import frechet_distance as frechet_distance
from gankit.evaluation.kernel import kernel_distance as kernel_distance
from gankit.evaluation.likelihood import Likelihood as Likelihood
from gankit.evaluation.likelihood import fgan_likelihood as fgan_likelihood
from gankit.evaluation.likelihood import gan_likelihood as gan_likelihood
from gankit.evaluation.likelihood import unit_pixels as unit_pixels
from gankit.evaluation.manifold import Manifold as Manifold
from gankit.evaluation.manifold import expected_coverage as expected_coverage
from gankit.evaluation.manifold import manifold_scores as manifold_scores
from gankit.evaluation.modes import MixtureModes as MixtureModes
from gankit.evaluation.modes import Modes as Modes
from gankit.evaluation.modes import class_modes as class_modes
from gankit.evaluation.modes import mixture_modes as mixture_modes
from gankit.evaluation.neighbours import TwoSample as TwoSample
from gankit.evaluation.neighbours import nearest_neighbour_error as nearest_neighbour_error
from gankit.evaluation.neighbours import two_sample_test as two_sample_test
from gankit.evaluation.scores import inception_score as inception_score
from gankit.evaluation.scores import memorisation_distance as memorisation_distance
from gankit.evaluation.scores import mifid as mifid
