"""Tokens that were verified, so that each signature is checked once.

Only what never changes is remembered. Whether a token is void or expired, and whether its key is still known, is
checked at every use. The memory's key is the whole token, signature included: an ES256 signature has a twin that is
valid too, and a part of a token must never stand for the whole.
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
