"""The result of an examination."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from grantstream.cli.target import Target

Weight = Literal["well", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about a platform. `wrong`: something doesn't work; `warning`: an operator should look at it."""

    weight: Weight
    sentence: str


def wrong(sentence: str) -> Finding:
    """A finding on something that doesn't work."""
    return Finding("wrong", sentence)


def warning(sentence: str) -> Finding:
    """A finding that an operator should look at."""
    return Finding("warning", sentence)


def well(sentence: str) -> Finding:
    """A finding on something that works."""
    return Finding("well", sentence)


Examination = Callable[[Target], Awaitable[list[Finding]]]
"""Examines one part of a platform. A fault of the platform is a finding, never an exception."""
