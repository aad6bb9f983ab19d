"""Merkle trees over a window of records (RFC 6962, section 2.1), with SHA-256.

Leaves come already hashed (`leaf.py`, with the prefix 0x00); inner nodes have the prefix 0x01, so that neither can
stand for the other.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

HASH_BYTES: Final = 32
MAX_LEAVES: Final = 65_536
"""The largest window that is read or written: a path then has at most 16 siblings."""

_NODE_PREFIX: Final = b"\x01"


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree. Each level is kept from left to right; the last one is the head alone."""

    levels: tuple[tuple[bytes, ...], ...]

    @classmethod
    def over(cls, leaves: Sequence[bytes]) -> Self:
        """The tree over some leaves. Raises ValueError for no leaves, or for more than MAX_LEAVES."""
        if not 0 < len(leaves) <= MAX_LEAVES:
            raise ValueError(f"a window has 1 to {MAX_LEAVES} records")
        levels = [tuple(leaves)]
        while len(levels[-1]) > 1:
            levels.append(_parents(levels[-1]))
        return cls(tuple(levels))

    @property
    def size(self) -> int:
        """How many leaves."""
        return len(self.levels[0])

    @property
    def head(self) -> bytes:
        """The hash over all leaves."""
        return self.levels[-1][0]

    def path(self, index: int) -> bytes:
        """The siblings on the way from a leaf to the head, one after the other (RFC 6962, section 2.1.1)."""
        siblings = []
        for level in self.levels[:-1]:
            if index ^ 1 < len(level):
                siblings.append(level[index ^ 1])
            index >>= 1
        return b"".join(siblings)


def head_from_path(leaf: bytes, *, index: int, size: int, path: bytes) -> bytes | None:
    """The head of the tree of `size` leaves in which `leaf` is the one at `index`, if `path` is its path.

    None if no tree of that size has a path of that length to that index.
    """
    if not 0 <= index < size <= MAX_LEAVES:
        return None
    node, taken, last = leaf, 0, size - 1
    while last:
        # A node that is the last of its level and has no sibling goes up as it is.
        if index & 1 or index < last:
            sibling = path[taken : taken + HASH_BYTES]
            if len(sibling) != HASH_BYTES:
                return None
            taken += HASH_BYTES
            node = _parent(sibling, node) if index & 1 else _parent(node, sibling)
        index, last = index >> 1, last >> 1
    return node if taken == len(path) else None


def _parents(level: tuple[bytes, ...]) -> tuple[bytes, ...]:
    pairs = [_parent(level[left], level[left + 1]) for left in range(0, len(level) - 1, 2)]
    return (*pairs, level[-1]) if len(level) % 2 else tuple(pairs)


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE_PREFIX + left + right).digest()
