"""What classes say of their fields."""

from __future__ import annotations

from dataclasses import dataclass, make_dataclass

from gankit.base.docstrings import field_docs


@dataclass(frozen=True, kw_only=True)
class Base:
    rate: float = 1.0
    """How fast,
    in steps."""
    silent: int = 0
    said: int = 0
    """As the base says."""


@dataclass(frozen=True, kw_only=True)
class Child(Base):
    said: int = 1
    rate: float = 2.0
    """How fast, again."""


def test_the_string_after_a_field_is_its_meaning_in_one_line() -> None:
    assert field_docs(Base) == {"rate": "How fast, in steps.", "said": "As the base says."}


def test_a_child_overrides_what_it_says_anew_and_keeps_the_rest() -> None:
    assert field_docs(Child) == {"rate": "How fast, again.", "said": "As the base says."}


def test_a_class_without_source_says_nothing() -> None:
    assert field_docs(make_dataclass("Typed", [("a", int)])) == {}
