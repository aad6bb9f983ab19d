"""The password grant (Authentication API, section 5.2): a user, by login or id, with the password."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from grantstream.contracts.claims import Principal
from grantstream.contracts.grants import GrantType
from services.token import errors
from services.token.domain.client import Client
from services.token.domain.enablement import Enablement
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.scope_decision import ScopeDecision
from services.token.domain.token_answer import IssuedRefreshToken
from services.token.domain.token_request import TokenRequest
from services.token.errors import TokenRequestDenied
from services.token.use_cases.current_rows import CurrentRows
from services.token.use_cases.refresh_families import RefreshFamilies
from services.token.use_cases.sign_in import SignIn

_PASSWORD: Final = "password"  # noqa: S105 - the protocol's word
_AUTHTOKEN: Final = "authtoken"


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    """Signs a user in, and starts a family of refresh tokens if the client may have one."""

    sign_in: SignIn
    rows: CurrentRows
    families: RefreshFamilies

    async def decide(self, asking: Asking, request: TokenRequest) -> Grounds:
        """The user whose password this is, if the user's company enabled the client."""
        username, password = _user_credentials(request)
        user = await self.sign_in(username, password, asking.issued_at)
        enablement = await enabled(self.rows, asking.client, user.state.company_id)
        return Grounds(
            principal=Principal.USER,
            subject=user.state.user_id,
            grant_type=GrantType.PASSWORD,
            available=asking.client.scopes,
            company_id=user.state.company_id,
            roles=user.roles,
            enablement_version=enablement.version if enablement else None,
            user_version=user.version,
            authenticated_at=datetime.fromtimestamp(asking.issued_at, UTC),
        )

    async def refresh(self, asking: Asking, grounds: Grounds, decision: ScopeDecision) -> IssuedRefreshToken | None:
        """The first token of a new family, if the client may refresh."""
        if GrantType.REFRESH_TOKEN not in asking.client.grants:
            return None
        return await self.families.start(asking, grounds, decision.scopes)


async def enabled(rows: CurrentRows, client: Client, company_id: str) -> Enablement | None:
    """The company's permission for the client; None for a system client, which needs none.

    Raises TokenRequestDenied 53 if the company has not enabled it.
    """
    if client.is_system:
        return None
    enablement = await rows.enablement(client.client_id, company_id)
    if enablement is None or not enablement.enabled:
        raise TokenRequestDenied(errors.COMPANY_NOT_ENABLED)
    return enablement


def _user_credentials(request: TokenRequest) -> tuple[str, str]:
    if request.credtype not in (None, _PASSWORD, _AUTHTOKEN):
        raise TokenRequestDenied(errors.CREDTYPE_INVALID)
    if request.username is None:
        raise TokenRequestDenied(errors.USERNAME_MISSING)
    if request.password is None:
        raise TokenRequestDenied(errors.PASSWORD_MISSING)
    if request.credtype == _AUTHTOKEN:
        # This service issues no request tokens yet, so none can be the client's.
        raise TokenRequestDenied(errors.AUTHTOKEN_NOT_YOURS)
    return request.username, request.password
