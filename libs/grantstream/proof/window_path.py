"""The way from one record to the head of its window: the `event-proof-path` header.

`<index>.<size>.<siblings>`: two decimal numbers in their one spelling, and the siblings in base64url.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from grantstream.proof import base64url
from grantstream.proof.merkle import Tree, head_from_path
from grantstream.proof.window_proof import MalformedProof

_FORM: Final = re.compile(rb"(0|[1-9][0-9]{0,4})\.([1-9][0-9]{0,4})\.([A-Za-z0-9_-]{1,683})")
"""No more digits, and no more siblings (16), than the largest window has: what is longer is not even decoded."""


@dataclass(frozen=True, slots=True)
class WindowPath:
    """Where a record stands in its window. The one of a window of one needs no header."""

    index: int = 0
    size: int = 1
    siblings: bytes = b""

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Raises MalformedProof for another form. Whether it leads anywhere is told by `head`."""
        found = _FORM.fullmatch(raw)
        siblings = base64url.decode_canonical(found[3].decode()) if found else None
        if found is None or siblings is None:
            raise MalformedProof("not a path")
        return cls(int(found[1]), int(found[2]), siblings)

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
