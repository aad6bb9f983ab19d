"""The path from one record to the head of its window: the `event-proof-path` header.

`<index>.<size>.<siblings>`: two decimal numbers without leading zeros, and the siblings in base64url.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from grantstream.proof import base64url
from grantstream.proof.merkle import HASH_BYTES, Tree, head_from_path
from grantstream.proof.window_proof import MalformedProof

_PLACE: Final = re.compile(rb"(0|[1-9][0-9]{0,4})\.([1-9][0-9]{0,4})\.")
_MAX_SIBLINGS_BYTES: Final = 16 * HASH_BYTES
"""The path of the largest window."""

_MAX_BYTES: Final = 700
"""A longer header is refused unread."""


@dataclass(frozen=True, slots=True)
class WindowPath:
    """A record's position in its window. In a window of one record it needs no header."""

    index: int = 0
    size: int = 1
    siblings: bytes = b""

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Reads the header's value. Raises MalformedProof for another form; `head` checks where the path leads."""
        place = _PLACE.match(raw) if len(raw) <= _MAX_BYTES else None
        siblings = base64url.decode_canonical(raw[place.end() :].decode("latin-1")) if place else None
        if place is None or not siblings or len(siblings) > _MAX_SIBLINGS_BYTES:
            raise MalformedProof("not a path")
        return cls(int(place[1]), int(place[2]), siblings)

    @classmethod
    def in_tree(cls, tree: Tree, index: int) -> Self:
        """The path of one leaf."""
        return cls(index, tree.size, tree.path(index))

    def to_bytes(self) -> bytes:
        """The header's value."""
        return b"%d.%d.%s" % (self.index, self.size, base64url.encode(self.siblings))

    def head(self, leaf: bytes) -> bytes | None:
        """The head that this path leads to from `leaf`; None if no tree has such a path."""
        return head_from_path(leaf, index=self.index, size=self.size, path=self.siblings)
