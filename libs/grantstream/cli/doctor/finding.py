"""What an examination finds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from grantstream.cli.target import Target

Weight = Literal["well", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about a platform. `wrong`: something doesn't work; `warning`: somebody should look at it."""

    weight: Weight
    sentence: str


def wrong(sentence: str) -> Finding:
    """Something that doesn't work."""
    return Finding("wrong", sentence)


def warning(sentence: str) -> Finding:
    """Something that somebody should look at."""
    return Finding("warning", sentence)


def well(sentence: str) -> Finding:
    """Something that was looked at and is as it must be."""
    return Finding("well", sentence)


Examination = Callable[[Target], Awaitable[list[Finding]]]
"""Looks at one side of a platform. It raises nothing that has to do with the platform: what fails is a finding."""
