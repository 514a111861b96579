"""Trained generators and translators as files that need no gankit: torch programs, ONNX, weights, a web page."""

from gankit.export.graph import Graph as Graph
from gankit.export.graph import graph_of as graph_of
