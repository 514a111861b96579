"""The tests, which check shapes from their first import on."""

import tests.shapes as shapes
