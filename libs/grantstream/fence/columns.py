"""Growing columns of numbers in mapped memory, of which only the used pages count.

In the heap, growing arrays leave holes behind: a tenth of the memory, with a million rules.
"""

import mmap
from typing import Final, Literal, TypeVar

NumberT = TypeVar("NumberT", int, float)

_FIRST: Final = 1_024
"""Length of a new column."""

_WIDTHS: Final = {"I": 4, "q": 8, "Q": 8, "d": 8}
"""Bytes of a number, by type code."""


def numbers(kind: Literal["I", "q", "Q"]) -> "memoryview[int]":
    """A column of whole numbers, all of them 0; `kind` as in the module `array`."""
    return _mapped(_FIRST * _WIDTHS[kind]).cast(kind)


def moments() -> "memoryview[float]":
    """A column of epoch seconds, all of them 0.0."""
    return _mapped(_FIRST * _WIDTHS["d"]).cast("d")


def grown(column: "memoryview[NumberT]") -> "memoryview[NumberT]":
    """The column with twice the length; the new half is 0. The old memory is freed with its last reference."""
    wider: memoryview[NumberT] = _mapped(2 * column.nbytes).cast(column.format)  # type: ignore[call-overload]
    wider[: len(column)] = column
    return wider


def _mapped(size: int) -> memoryview:
    # Private: a forked process must not write into its parent's rules.
    return memoryview(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
