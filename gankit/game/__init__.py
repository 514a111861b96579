"""What a GAN is: two players and a list of turns, what they are played on, and how the players learn."""

from __future__ import annotations

from gankit.game.batch import Batch as Batch
from gankit.game.batch import DataSpec as DataSpec
from gankit.game.batch import Images as Images
from gankit.game.batch import Labelled as Labelled
from gankit.game.batch import Paired as Paired
from gankit.game.batch import PartlyLabelled as PartlyLabelled
from gankit.game.batch import Unpaired as Unpaired
from gankit.game.method import B as B
from gankit.game.method import Method as Method
from gankit.game.optimizers import SGD as SGD
from gankit.game.optimizers import Adam as Adam
from gankit.game.optimizers import Optimizer as Optimizer
from gankit.game.optimizers import RMSProp as RMSProp
from gankit.game.players import Generator as Generator
from gankit.game.players import Network as Network
from gankit.game.players import Players as Players
from gankit.game.players import Translator as Translator
from gankit.game.prior import Codes as Codes
from gankit.game.prior import Normal as Normal
from gankit.game.prior import Prior as Prior
from gankit.game.prior import Uniform as Uniform
from gankit.game.scores import Scores as Scores
from gankit.game.stabilisers import Stabilisers as Stabilisers
from gankit.game.turn import Terms as Terms
from gankit.game.turn import Turn as Turn
