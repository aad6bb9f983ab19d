"""The refresh token grant (RFC 6749, section 6): a sign-in of before goes on, as far as it was not narrowed since."""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.token import errors
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.refresh_token import RefreshToken, is_ended, remaining_scopes
from services.token.domain.scope_decision import ScopeDecision
from services.token.domain.token_answer import IssuedRefreshToken
from services.token.domain.token_request import TokenRequest
from services.token.domain.user import User
from services.token.errors import TokenRequestDenied
from services.token.use_cases.current_rows import CurrentRows
from services.token.use_cases.grants.password import enabled
from services.token.use_cases.refresh_families import RefreshFamilies


@dataclass(frozen=True, slots=True)
class RefreshTokenGrant:
    """Judges a family by the rows as they are now, however long ago the sign-in was."""

    rows: CurrentRows
    families: RefreshFamilies

    async def decide(self, asking: Asking, request: TokenRequest) -> Grounds:
        """The sign-in that the token goes back to, with today's versions and what is left of its scopes."""
        token = await self._presented(asking, request)
        client = asking.client
        user = await self._user(token)
        enablement = await enabled(self.rows, client, token.company_id)
        if is_ended(token, client=client, enablement=enablement, user=user):
            raise TokenRequestDenied(errors.REFRESH_TOKEN_BAD, "what the sign-in rested on was withdrawn")
        return Grounds(
            principal=token.principal,
            subject=token.user_id or token.company_id,
            grant_type=token.grant_type,
            available=remaining_scopes(token, client),
            company_id=token.company_id,
            roles=user.roles if user else frozenset(),
            enablement_version=enablement.version if enablement else None,
            user_version=user.version if user else None,
            authenticated_at=token.authenticated_at,
            refresh_token=token,
        )

    async def refresh(
        self,
        asking: Asking,
        grounds: Grounds,
        decision: ScopeDecision,  # noqa: ARG002 - the grants' port
    ) -> IssuedRefreshToken | None:
        """Spends the presented token and gives its successor."""
        if grounds.refresh_token is None:
            raise TypeError("these grounds come from another grant")
        return await self.families.rotate(grounds.refresh_token, _time(asking))

    async def _presented(self, asking: Asking, request: TokenRequest) -> RefreshToken:
        if request.refresh_token is None:
            raise TokenRequestDenied(errors.REFRESH_TOKEN_MISSING)
        return await self.families.find(request.refresh_token, asking.client.client_id, _time(asking))

    async def _user(self, token: RefreshToken) -> User | None:
        if token.user_id is None:
            return None
        user = await self.rows.user(token.user_id)
        if user is None:
            raise TokenRequestDenied(errors.REFRESH_TOKEN_BAD, "the user is gone")
        if not user.state.active:
            raise TokenRequestDenied(errors.ACCOUNT_DISABLED)
        return user


def _time(asking: Asking) -> datetime:
    return datetime.fromtimestamp(asking.issued_at, UTC)
