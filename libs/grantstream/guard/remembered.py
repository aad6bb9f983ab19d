"""Tokens whose signature and lasting rules were found good, so that cryptography is done once for each.

Only what never changes is remembered. Whether a token is void, expired or vouched for by a key that is still known is
asked at every use. The key of the memory is the whole token, signature included: an ES256 signature has a twin that
is valid too, and a part of a token must never stand for the whole.
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
    """At most `limit` verified tokens; the least recently used goes first. Not to be shared between threads."""

    def __init__(self, limit: int, keys: KeySet) -> None:
        self._limit = limit
        self._keys = keys
        self._tokens: OrderedDict[str, _Verified] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tokens)

    def find(self, token: str) -> AccessTokenClaims | None:
        """The claims of a token that was verified before; None if it was not, or its key is known no more."""
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
        """Drops a token, such as one that has expired."""
        self._tokens.pop(token, None)
