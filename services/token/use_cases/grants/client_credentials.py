"""The client credentials grant (RFC 6749, section 4.4): an application acts for itself."""

from grantstream.contracts.claims import Principal
from grantstream.contracts.grants import GrantType
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.scope_decision import ScopeDecision
from services.token.domain.token_request import TokenRequest


class ClientCredentialsGrant:
    """Needs no more than the client itself, and gives no refresh token (RFC 6749, section 4.4.3)."""

    async def decide(self, asking: Asking, request: TokenRequest) -> Grounds:  # noqa: ARG002 - the grants' port
        """The client stands for itself."""
        return Grounds(
            principal=Principal.APPLICATION,
            subject=asking.client.client_id,
            grant_type=GrantType.CLIENT_CREDENTIALS,
            available=asking.client.scopes,
        )

    async def refresh(self, asking: Asking, request: TokenRequest, grounds: Grounds, decision: ScopeDecision) -> None:
        """None."""
