"""What classes say of their fields: the string after each."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from functools import cache
from itertools import pairwise


@cache
def field_docs(kind: type) -> dict[str, str]:
    """The docstrings of a dataclass's fields by name, each in one line; a class whose source is not at hand has none.

    A field that is declared anew without a docstring keeps the one it had.
    """
    docs: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if dataclasses.is_dataclass(base):
            docs |= _own_docs(base)
    return docs


def _own_docs(kind: type) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return {}
    outer = tree.body[0]
    docs = {}
    for field, said in pairwise(outer.body if isinstance(outer, ast.ClassDef) else []):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(said, ast.Expr):
            words = said.value.value if isinstance(said.value, ast.Constant) else None
            if isinstance(words, str):
                docs[field.target.id] = " ".join(words.split())
    return docs
