"""Tokens and proofs that were verified, so that each signature is checked once.

Only what never changes is remembered. Whether a token is void or expired, and whether its key is still known, is
checked at every use. The memory's key is the whole token, signature included: an ES256 signature has a twin that is
valid too, and a part of a token must never stand for the whole.

A proof of a window of records is valid with one token only. It is remembered with the claims object of that token,
which lives as long as the token is remembered; once the token is forgotten, with its key or otherwise, its proofs are
checked again.
"""

from collections import OrderedDict
from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.guard.key_set import KeySet, VerificationKey


@dataclass(frozen=True, slots=True)
class _Verified:
    claims: AccessTokenClaims
    key: VerificationKey


class RememberedTokens:
    """At most `limit` verified tokens; the least recently used is dropped first. Not thread-safe."""

    def __init__(self, limit: int, keys: KeySet) -> None:
        self._limit = limit
        self._keys = keys
        self._tokens: OrderedDict[str, _Verified] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tokens)

    def find(self, token: str) -> AccessTokenClaims | None:
        """The claims of a token that was verified before; None if it was not, or its key is no longer known."""
        verified = self._tokens.get(token)
        if verified is None:
            return None
        if self._keys.find(verified.key.kid) is not verified.key:
            del self._tokens[token]
            return None
        self._tokens.move_to_end(token)
        return verified.claims

    def remember(self, token: str, claims: AccessTokenClaims, key: VerificationKey) -> None:
        """Keeps a token that was just verified by `key`."""
        self._tokens[token] = _Verified(claims, key)
        if len(self._tokens) > self._limit:
            self._tokens.popitem(last=False)

    def forget(self, token: str) -> None:
        """Drops a token, for example one that has expired."""
        self._tokens.pop(token, None)


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
