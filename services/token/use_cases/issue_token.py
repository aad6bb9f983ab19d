"""The token endpoint. Every request passes the phases of `IssueToken.__call__`, whatever its grant."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from grantstream.contracts.claims import EVENTS_AUDIENCE, Principal
from grantstream.contracts.grants import GrantType
from grantstream.contracts.log_position import LogPosition
from services.token import errors
from services.token.domain.client import Client
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.scope_decision import ScopeDecision, decide_scopes
from services.token.domain.token_answer import IssuedRefreshToken, TokenAnswer, TokenType
from services.token.domain.token_request import TokenRequest, parse_token_request
from services.token.errors import TokenRefusal, Unavailable
from services.token.use_cases.authenticate_client import ClientAuthenticator
from services.token.use_cases.grants.grant import Grant
from services.token.use_cases.mint_token import LIFETIME, TokenMinter
from services.token.use_cases.verify_dpop_proof import DpopProofs

OPENID: Final = "openid"


class MintingPermit(Protocol):
    """What allows a process to mint."""

    @property
    def position(self) -> LogPosition:
        """Up to where this process goes by the fence."""
        ...

    def may_mint(self) -> bool:
        """Whether this process knows the permissions of now, and its clock is right."""
        ...


class KeysInUse(Protocol):
    """What tells whether the minter's keys are the ones of now."""

    def are_current(self) -> bool:
        """Whether the minter may sign at once."""
        ...

    def are_overtaken(self) -> bool:
        """Whether they are known to be others now."""
        ...

    async def require(self) -> None:
        """Returns once it may. Raises DatabaseError or Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class RawTokenRequest:
    """A request as it came in. `dpop`: every header of that name."""

    body: bytes = field(repr=False)
    content_type: str
    query: bytes = b""
    authorization: str | None = field(default=None, repr=False)
    dpop: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class IssueToken:
    """`grants`: the grants that exist here. `now` gives epoch seconds."""

    authenticate: ClientAuthenticator
    proofs: DpopProofs
    grants: Mapping[GrantType, Grant]
    minter: TokenMinter
    permit: MintingPermit
    keys: KeysInUse
    now: Callable[[], float] = time.time

    async def __call__(self, raw: RawTokenRequest) -> tuple[TokenAnswer, GrantType]:
        """What is issued, and by which grant.

        Raises TokenRefusal; Unavailable, RowBelowFloor or DatabaseError when trying again is right.
        """
        # Taken before any state is read: a token never looks younger than what it was issued from, so the fence may
        # forget a change once every token with an earlier `iat` has expired. So is the place on the fence: a guard that
        # begins to read behind it can't know what the token lacks.
        issued_at, position = self.now(), self.permit.position
        request = parse_token_request(
            body=raw.body, content_type=raw.content_type, query=raw.query, authorization=raw.authorization
        )
        # First, because a refusal is an answer too: whoever goes by an old state must not call a new secret wrong.
        self._require_certainty()
        asking = (await self.authenticate(request.credentials, issued_at))._replace(fence_position=position)
        grant_type = self._client_may_use_grant(asking.client, request)
        grant = self.grants[grant_type]
        grounds = await grant.decide(asking, request)
        decision = decide_scopes(
            grounds.available, requested=request.scope, resource=request.resource, grant_type=grant_type
        )
        # Events lie in the open for everybody who may read their topic, tokens and all; requests do not. A proof beside
        # a request for another token is left alone (RFC 9449, section 5): nothing is bound to it.
        of_events = decision.audience == EVENTS_AUDIENCE
        bound_to = await self.proofs.spend(raw.dpop, issued_at) if of_events else None
        self._require_certainty()
        refresh = await grant.refresh(asking, grounds, decision)
        # Last, as nothing may be awaited between this and the signature: a key could be taken from use meanwhile.
        if not self.keys.are_current():
            await self.keys.require()
        return self._mint(asking, grounds, decision, refresh, bound_to), grant_type

    def _client_may_use_grant(self, client: Client, request: TokenRequest) -> GrantType:
        # Only now, when the client has shown who it is: a stranger must not learn the state of somebody's application.
        if client.disabled:
            raise TokenRefusal(errors.CLIENT_DISABLED)
        grant_type = _GRANT_TYPES.get(request.grant_type)
        if grant_type not in self.grants:
            raise TokenRefusal(errors.GRANT_UNKNOWN)
        if grant_type not in client.grants:
            is_refresh = grant_type is GrantType.REFRESH_TOKEN
            raise TokenRefusal(errors.REFRESH_DISALLOWED if is_refresh else errors.GRANT_NOT_ALLOWED)
        return grant_type

    def _require_certainty(self) -> None:
        if not self.permit.may_mint():
            raise Unavailable("the fence is not fresh, or the clock is wrong")

    def _mint(
        self,
        asking: Asking,
        grounds: Grounds,
        decision: ScopeDecision,
        refresh: IssuedRefreshToken | None,
        bound_to: str | None,
    ) -> TokenAnswer:
        grant_id = refresh.grant_id if refresh else None
        access_token = self.minter.access_token(asking, grounds, decision, grant_id, bound_to=bound_to)
        wants_id_token = OPENID in decision.scopes and grounds.principal is not Principal.APPLICATION
        return TokenAnswer(
            access_token=access_token,
            expires_in=LIFETIME,
            scopes=decision.scopes,
            refresh=refresh,
            id_token=self.minter.id_token(asking, grounds, access_token) if wants_id_token else None,
            token_type=TokenType.BEARER if bound_to is None else TokenType.DPOP,
        )


_GRANT_TYPES: Final = {grant_type.value: grant_type for grant_type in GrantType}
