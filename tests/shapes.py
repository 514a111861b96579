"""What holds arguments and results against their annotations, shapes included."""

from __future__ import annotations

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is a float, as to other readers of annotations
