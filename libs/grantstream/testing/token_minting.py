"""Tokens for tests: valid ones, and each kind of invalid one by its name."""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from grantstream.contracts.claims import API_AUDIENCE, EVENTS_AUDIENCE, AccessTokenClaims
from grantstream.testing.mint import Mint, producer_claims

_LONG_AGO: Final = 7200


class TokenFactory:
    """`mint_token(...)`: an access token that the guard of this test believes, unless an option makes it invalid."""

    def __init__(self, mint: Mint) -> None:
        self._mint = mint

    def __call__(
        self,
        *,
        scopes: Iterable[str] | None = None,
        audience: str = EVENTS_AUDIENCE,
        key_space: Iterable[str] | None = None,
        expired: bool = False,
        not_yet_valid: bool = False,
        wrong_key: bool = False,
        wrong_issuer: bool = False,
        unbound: bool = False,
        **claims: Any,
    ) -> str:
        """A token for events by default; with `audience=API_AUDIENCE` one for requests, of an application.

        `scopes` and `key_space` None: all that events need. `expired`: issued two hours ago; `not_yet_valid`: valid in
        two hours. `wrong_key`: signed by an unpublished key under a known `kid`. `unbound`: without `cnf`, so that no
        record can prove it. `claims`: fields of `AccessTokenClaims`: `company_id`, `app_version`, ...
        """
        begin = int(time.time()) - _LONG_AGO * expired + _LONG_AGO * not_yet_valid
        wanted: dict[str, Any] = {"audience": audience}
        if scopes is not None:
            wanted["scopes"] = frozenset(scopes)
        if key_space is not None:
            wanted["key_space"] = tuple(key_space)
        if wrong_issuer:
            wanted["issuer"] = "https://stranger.test"
        if audience == EVENTS_AUDIENCE and not unbound:
            wanted["confirmation_thumbprint"] = self._mint.proof_key.thumbprint
        signer = Mint(self._mint.kid) if wrong_key else self._mint
        return signer.signed(replace(_claims(audience, begin), **wanted | claims).to_payload())


def _claims(audience: str, begin: int) -> AccessTokenClaims:
    if audience == EVENTS_AUDIENCE:
        return producer_claims(now=begin)
    return replace(producer_claims(now=begin), audience=API_AUDIENCE, scopes=frozenset(), key_space=())
