"""Minting: the claims of what is issued, signed."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, TypedDict

import uuid_utils

from grantstream.contracts.claims import (
    ACCESS_TOKEN_TYPE,
    EVENTS_AUDIENCE,
    FENCE_CLAIM,
    MAX_TOKEN_LIFETIME,
    AccessTokenClaims,
    Principal,
)
from grantstream.contracts.grants import GrantType
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.scope_decision import ScopeDecision
from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey
from services.token.use_cases.sign_token import Signer

LIFETIME: Final = int(MAX_TOKEN_LIFETIME.total_seconds())
"""One hour for every grant (Authentication API, section 1); also the most that the fence's memory allows."""

_ID_TOKEN_TYPE: Final = "JWT"  # noqa: S105 - a media type
_REMEMBERED_PAYLOADS: Final = 10_000


class _Moment(TypedDict):
    token_id: str
    issued_at: int
    not_before: int
    expires_at: int


_OF_NO_MOMENT: Final = _Moment(token_id="", issued_at=0, not_before=0, expires_at=0)
"""Stands in until a token is signed, which sets these four."""


class TokenMinter:
    """Mints with the current key of an algorithm: the client's own, if `algorithm_of` names one, else `algorithm`."""

    def __init__(
        self,
        keys: Iterable[SigningKey],
        *,
        issuer: str,
        algorithm: SigningAlgorithm,
        algorithm_of: Mapping[str, SigningAlgorithm] | None = None,
    ) -> None:
        self._issuer = issuer
        self._algorithm_of = algorithm_of or {}
        self._algorithm = algorithm
        self._signers: dict[SigningAlgorithm, Signer] = {}
        self.sign_with(keys)
        # Applications ask every hour for what differs in four claims only.
        self._of_application = lru_cache(maxsize=_REMEMBERED_PAYLOADS)(self._application_payload)

    def sign_with(self, keys: Iterable[SigningKey]) -> None:
        """From now on signs with the current ones of these keys. Raises ValueError unless there is one to sign with."""
        current = {key.algorithm: key for key in keys if key.state is KeyState.CURRENT}
        if self._algorithm not in current:
            raise ValueError(f"there is no key to sign {self._algorithm} with")
        # Reading a private key takes milliseconds, so those at hand are kept.
        at_hand = {signer.kid: signer for signer in self._signers.values()}
        self._signers = {algorithm: at_hand.get(key.kid) or Signer(key) for algorithm, key in current.items()}
        self._default = self._signers[self._algorithm]

    def signing_kid(self, client_id: str) -> str:
        """The key that a client's tokens are signed with at the moment."""
        return self._signer_for(client_id).kid

    def access_token(
        self,
        asking: Asking,
        grounds: Grounds,
        decision: ScopeDecision,
        grant_id: str | None = None,
        *,
        bound_to: str | None = None,
    ) -> str:
        """An access token (RFC 9068); `bound_to`: the thumbprint of the key that must be shown with it (RFC 7800)."""
        if grounds.principal is Principal.APPLICATION:
            client = asking.client
            lasting = self._of_application(
                client.client_id, client.version, client.key_space, asking.secret_id, decision.audience, decision.scopes
            )
        else:
            lasting = self._claims(asking, grounds, decision, grant_id).to_payload()
        payload = lasting | self._of_this_moment(asking)
        if bound_to is not None:
            payload["cnf"] = {"jkt": bound_to}
        return self._signer(asking).sign(payload, typ=ACCESS_TOKEN_TYPE)

    def _of_this_moment(self, asking: Asking) -> dict[str, Any]:
        issued_at, position = int(asking.issued_at), asking.fence_position
        moment = {
            "jti": str(uuid_utils.uuid4()),
            "iat": issued_at,
            "nbf": issued_at,
            "exp": issued_at + LIFETIME,
        }
        return moment if position is None else moment | {FENCE_CLAIM: position.to_claim()}

    def _application_payload(
        self,
        client_id: str,
        version: int,
        key_space: tuple[str, ...],
        secret_id: str | None,
        audience: str,
        scopes: frozenset[str],
    ) -> dict[str, Any]:
        """All that stays the same in the tokens of one version of an application."""
        claims = AccessTokenClaims(
            issuer=self._issuer,
            subject=client_id,
            audience=audience,
            client_id=client_id,
            **_OF_NO_MOMENT,
            principal=Principal.APPLICATION,
            scopes=scopes,
            grant_type=GrantType.CLIENT_CREDENTIALS.value,
            app_version=version,
            secret_id=secret_id,
            key_space=key_space if audience == EVENTS_AUDIENCE else (),
        )
        return claims.to_payload()

    def _claims(
        self, asking: Asking, grounds: Grounds, decision: ScopeDecision, grant_id: str | None
    ) -> AccessTokenClaims:
        return AccessTokenClaims(
            issuer=self._issuer,
            subject=grounds.subject,
            audience=decision.audience,
            client_id=asking.client.client_id,
            **_OF_NO_MOMENT,
            principal=grounds.principal,
            scopes=decision.scopes,
            grant_type=grounds.grant_type,
            app_version=asking.client.version,
            enablement_version=grounds.enablement_version,
            user_version=grounds.user_version,
            company_id=grounds.company_id,
            roles=grounds.roles,
            grant_id=grant_id,
            secret_id=asking.secret_id,
        )

    def id_token(self, asking: Asking, grounds: Grounds, access_token: str) -> str:
        """An id_token (OpenID Connect Core, sections 2 and 3.1.3.6), bound to the access token beside it."""
        issued_at = int(asking.issued_at)
        payload = {
            "iss": self._issuer,
            "sub": grounds.subject,
            "aud": asking.client.client_id,
            "iat": issued_at,
            "nbf": issued_at,
            "exp": issued_at + LIFETIME,
            "at_hash": at_hash(access_token),
            "concur.version": 2,
            "concur.type": grounds.principal.value,
        }
        if grounds.authenticated_at is not None:
            payload["auth_time"] = int(grounds.authenticated_at.timestamp())
        return self._signer(asking).sign(payload, typ=_ID_TOKEN_TYPE)

    def _signer(self, asking: Asking) -> Signer:
        return self._signer_for(asking.client.client_id) if self._algorithm_of else self._default

    def _signer_for(self, client_id: str) -> Signer:
        algorithm = self._algorithm_of.get(client_id)
        return self._default if algorithm is None else self._signers[algorithm]


def at_hash(access_token: str) -> str:
    """The left half of the token's SHA-256, base64url (OpenID Connect Core, section 3.1.3.6)."""
    half = hashlib.sha256(access_token.encode("ascii")).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode("ascii")
