"""What a GAN is: two players, a list of turns, and what they are played on."""

from __future__ import annotations

from gankit.game.method import B as B
from gankit.game.method import Generator as Generator
from gankit.game.method import Method as Method
from gankit.game.method import Network as Network
from gankit.game.method import Players as Players
from gankit.game.method import Terms as Terms
from gankit.game.method import Translator as Translator
from gankit.game.method import Turn as Turn
