"""The client credentials grant (RFC 6749, section 4.4): an application acts for itself."""

from functools import lru_cache
from typing import Final

from grantstream.contracts.claims import Principal
from grantstream.contracts.grants import GrantType
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.scope_decision import ScopeDecision
from services.token.domain.token_request import TokenRequest

_REMEMBERED: Final = 10_000


class ClientCredentialsGrant:
    """Needs no more than the client itself, and gives no refresh token (RFC 6749, section 4.4.3)."""

    async def decide(self, asking: Asking, request: TokenRequest) -> Grounds:  # noqa: ARG002 - the grants' port
        """The client stands for itself."""
        return _grounds(asking.client.client_id, asking.client.scopes)

    async def refresh(self, asking: Asking, grounds: Grounds, decision: ScopeDecision) -> None:
        """None."""


@lru_cache(maxsize=_REMEMBERED)
def _grounds(client_id: str, scopes: tuple[str, ...]) -> Grounds:
    return Grounds(
        principal=Principal.APPLICATION,
        subject=client_id,
        grant_type=GrantType.CLIENT_CREDENTIALS,
        available=scopes,
    )
