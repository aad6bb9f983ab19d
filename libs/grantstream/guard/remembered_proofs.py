"""Proofs whose signature was found good, so that a window of records costs one check of a signature.

A proof is good with one token only. It is remembered beside the claims that were read from that token: while the same
claims are at hand, that token is remembered itself; once the token was forgotten, with its key or otherwise, its proofs
are checked anew.
"""

from collections import OrderedDict
from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims


@dataclass(frozen=True, slots=True)
class SignedHead:
    """What a proof vouches for: the head of the tree over `size` records."""

    head: bytes
    size: int


class RememberedProofs:
    """At most `limit` proofs; the least recently used goes first. Not to be shared between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._proofs: OrderedDict[bytes, tuple[AccessTokenClaims, SignedHead]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._proofs)

    def find(self, proof: bytes, claims: AccessTokenClaims) -> SignedHead | None:
        """What a proof that was verified before vouches for; None if it was not, or not with this token."""
        found = self._proofs.get(proof)
        if found is None or found[0] is not claims:
            return None
        self._proofs.move_to_end(proof)
        return found[1]

    def remember(self, proof: bytes, claims: AccessTokenClaims, signed: SignedHead) -> None:
        """Keeps a proof that was just verified, for as long as exactly these claims are shown with it."""
        self._proofs[proof] = (claims, signed)
        self._proofs.move_to_end(proof)
        if len(self._proofs) > self._limit:
            self._proofs.popitem(last=False)
