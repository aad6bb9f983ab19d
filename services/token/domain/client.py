"""A client of the token endpoint: an application of registration, or a system client from set-up's file."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from grantstream.contracts import subjects
from grantstream.contracts.events.registration import AppState, SecretState, SecretStatus
from grantstream.contracts.scope_catalogue import is_reserved
from grantstream.contracts.void import VoidBelow
from services.token.domain.client_authentication import UNNAMED_METHODS, AuthenticationMethod

DIGEST_PREFIX: Final = "sha256:"


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A secret's digest. `expires_at` in seconds since 1970; None: no end."""

    secret_id: str | None
    digest: bytes
    expires_at: float | None = None

    def is_accepted_at(self, now: float) -> bool:
        """Whether the secret is accepted at `now`."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client and its limits.

    `version` is the application's. `key_space`: the subjects whose events it may publish. A system client
    (`is_system`) needs no company's permission.
    """

    client_id: str
    version: int
    disabled: bool
    scopes: tuple[str, ...]
    grants: frozenset[str]
    methods: frozenset[AuthenticationMethod]
    secrets: tuple[ClientSecret, ...] = ()
    keys: tuple[Mapping[str, Any], ...] = ()
    key_space: tuple[str, ...] = ()
    is_system: bool = False
    void_below: VoidBelow = field(default_factory=VoidBelow)

    def secret_matching(self, presented: str, now: float) -> ClientSecret | None:
        """The presented secret, if it is one of this client's and accepted at `now`.

        Digests are compared in constant time: secrets are 256 random bits, so a fast hash protects them. Every secret
        is compared, so that the time does not show which one matched.
        """
        digest = hashlib.sha256(presented.encode()).digest()
        equal = [secret for secret in self.secrets if hmac.compare_digest(secret.digest, digest)]
        matches = [secret for secret in equal if secret.is_accepted_at(now)]
        return matches[0] if matches else None

    @classmethod
    def from_app(cls, app: AppState) -> Self:
        """The client of an application. An inactive, suspended or deleted one is disabled.

        Entries for signing keys are removed from its key space: no application may publish them.
        """
        return cls(
            client_id=app.app_id,
            version=app.version,
            disabled=app.deleted or app.suspended or not app.active,
            scopes=tuple(scope for scope in app.scopes if not is_reserved(scope)),
            grants=frozenset(app.allowed_grants),
            methods=_methods(app.token_endpoint_auth_method),
            secrets=tuple(_secret(s) for s in app.secrets if s.status is SecretStatus.ACTIVE),
            key_space=tuple(entry for entry in app.key_space if not subjects.touches_kind([entry], "key")),
            void_below=app.void_below,
        )


def _methods(name: str | None) -> frozenset[AuthenticationMethod]:
    if name is None:
        return UNNAMED_METHODS
    return frozenset(method for method in AuthenticationMethod if method.value == name)


def _secret(state: SecretState) -> ClientSecret:
    expires_at = state.expires_at.timestamp() if state.expires_at else None
    return ClientSecret(state.secret_id, digest_bytes(state.digest), expires_at)


def digest_bytes(digest: str) -> bytes:
    """The bytes of a digest written as `sha256:<hex>`. Raises ValueError for any other form."""
    if not digest.startswith(DIGEST_PREFIX):
        raise ValueError("a secret's digest is not of the form sha256:<hex>")
    raw = bytes.fromhex(digest.removeprefix(DIGEST_PREFIX))
    if len(raw) != hashlib.sha256().digest_size:
        raise ValueError("a secret's digest has the wrong length")
    return raw
