"""The tests, which check shapes from their first import on."""

from tests import shapes as shapes
