"""Proofs with a valid signature, so that a window of records costs one check of a signature.

A proof is valid with one token only. It is remembered with the claims object of that token, which lives as long as the
token is remembered; once the token is forgotten, with its key or otherwise, its proofs are checked again.
"""

from collections import OrderedDict
from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims


@dataclass(frozen=True, slots=True)
class SignedHead:
    """What a proof signs: the head of the tree over `size` records."""

    head: bytes
    size: int


class RememberedProofs:
    """At most `limit` proofs; the least recently used is dropped first. Not thread-safe."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._proofs: OrderedDict[bytes, tuple[AccessTokenClaims, SignedHead]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._proofs)

    def find(self, proof: bytes, claims: AccessTokenClaims) -> SignedHead | None:
        """What a proof that was verified before signs; None if it was not, or not with this token."""
        entry = self._proofs.get(proof)
        if entry is None or entry[0] is not claims:
            return None
        self._proofs.move_to_end(proof)
        return entry[1]

    def remember(self, proof: bytes, claims: AccessTokenClaims, signed: SignedHead) -> None:
        """Keeps a proof that was just verified, valid only together with exactly these claims."""
        self._proofs[proof] = (claims, signed)
        self._proofs.move_to_end(proof)
        if len(self._proofs) > self._limit:
            self._proofs.popitem(last=False)
