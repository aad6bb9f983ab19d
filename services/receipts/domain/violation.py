"""One disagreement of a receipt with its schema."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """`path` is a JSON pointer into the receipt (RFC 6901); `message` says what is asked for there."""

    path: str
    message: str


def json_pointer(steps: Iterable[str | int]) -> str:
    """The JSON pointer of a place in a document (RFC 6901, section 3)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
