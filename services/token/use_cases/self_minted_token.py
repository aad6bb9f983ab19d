"""The token service's own producer's token: minted here, since nobody else could."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from grantstream.contracts.claims import EVENTS_AUDIENCE, Principal
from grantstream.contracts.grants import GrantType
from grantstream.contracts.scope_catalogue import is_event_scope
from grantstream.postgres.errors import DatabaseError
from grantstream.proof import Credential, ProofKey
from services.token.domain.client import Client
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.scope_decision import ScopeDecision
from services.token.errors import Unavailable
from services.token.use_cases.issue_token import KeysInUse
from services.token.use_cases.mint_token import LIFETIME, TokenMinter

_log = logging.getLogger(__name__)
_PAUSE: Final = 0.25


class SelfMintedToken:
    """A `CredentialSource` for one system client. Renewed at half its life, so that each one sent has time left.

    It asks no fence, as the fence is what it is first needed for: a system client's scopes cannot change while we run.
    """

    def __init__(
        self, client: Client, minter: TokenMinter, keys: KeysInUse, *, now: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._minter = minter
        self._keys = keys
        self._now = now
        self._key = ProofKey.generate()
        self._token = ""
        self._kid = ""
        self._minted_at = float("-inf")

    async def current(self) -> Credential:
        """A token that is valid now, and the key of this process that it is bound to.

        Waits while another key is known to sign now and the database can't tell which: the old one may be void.
        """
        await self._await_keys()
        now, kid = self._now(), self._minter.signing_kid(self._client.client_id)
        # Also anew when the clock was set back, since the old token would then be from the future.
        if kid != self._kid or not self._minted_at <= now < self._minted_at + LIFETIME / 2:
            self._token, self._minted_at, self._kid = self._mint(now), now, kid
        return Credential(self._token, self._key)

    async def _await_keys(self) -> None:
        while not self._keys.are_current():
            try:
                await self._keys.require()
            except (DatabaseError, Unavailable) as error:
                if not self._keys.are_overtaken():
                    return  # without the database no key can have been changed since
                _log.warning("which key is to sign can't be told just now: %s", type(error).__name__)
                await asyncio.sleep(_PAUSE)
            else:
                return

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
