"""The token service's own producer's token: minted here, since nobody else could."""

import time
from collections.abc import Callable

from grantstream.contracts.claims import EVENTS_AUDIENCE, Principal
from grantstream.contracts.grants import GrantType
from grantstream.contracts.scope_catalogue import is_event_scope
from grantstream.proof import Credential, ProofKey
from services.token.domain.client import Client
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.scope_decision import ScopeDecision
from services.token.use_cases.mint_token import LIFETIME, TokenMinter


class SelfMintedToken:
    """A `CredentialSource` for one system client. Renewed at half its life, so that each one sent has time left.

    It asks no fence, as the fence is what it is first needed for: a system client's scopes cannot change while we run.
    """

    def __init__(self, client: Client, minter: TokenMinter, *, now: Callable[[], float] = time.time) -> None:
        self._client = client
        self._minter = minter
        self._now = now
        self._key = ProofKey.generate()
        self._token = ""
        self._minted_at = float("-inf")

    async def current(self) -> Credential:
        """A token that is valid now, and the key of this process that it is bound to."""
        now = self._now()
        # Also anew when the clock was set back, since the old token would then be from the future.
        if not self._minted_at <= now < self._minted_at + LIFETIME / 2:
            self._token, self._minted_at = self._mint(now), now
        return Credential(self._token, self._key)

    def _mint(self, now: float) -> str:
        scopes = frozenset(filter(is_event_scope, self._client.scopes))
        grounds = Grounds(
            principal=Principal.APPLICATION,
            subject=self._client.client_id,
            grant_type=GrantType.CLIENT_CREDENTIALS,
            available=self._client.scopes,
        )
        decision = ScopeDecision(EVENTS_AUDIENCE, scopes)
        asking = Asking(self._client, None, now)
        return self._minter.access_token(asking, grounds, decision, bound_to=self._key.thumbprint)
