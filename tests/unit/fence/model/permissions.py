"""What is permitted in the simulated world: applications with their changes, and the tokens that come of them."""

from dataclasses import dataclass, field
from typing import NamedTuple

from grantstream.contracts import subjects
from grantstream.contracts.claims import API_AUDIENCE, AccessTokenClaims, Principal
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.log_position import LogPosition
from grantstream.contracts.void import VoidBelow
from services.token.domain.client import Client

SCOPES = ("receipts.read", "receipts.writeonly")
ISSUER = "https://issuer.test"
LIFETIME = 3600


@dataclass
class Change:
    """One change of an application. `withdraws`: the scopes whose tokens it ends. Times are true ones."""

    app_id: str
    version: int
    withdraws: frozenset[str]
    event: PermissionChanged
    client: Client
    appended_at: float | None = None
    answered_at: float | None = None

    def voids(self, claims: AccessTokenClaims) -> bool:
        """Told without any code of the product."""
        return claims.client_id == self.app_id and claims.app_version < self.version and self._concerns(claims)

    def _concerns(self, claims: AccessTokenClaims) -> bool:
        return bool(self.withdraws & claims.scopes)


class Issued(NamedTuple):
    """A token, as all processes know it by its name."""

    name: str
    claims: AccessTokenClaims


@dataclass
class App:
    """An application in its owner's database."""

    app_id: str
    enabled: bool = True
    scopes: frozenset[str] = frozenset(SCOPES)
    changes: list[Change] = field(default_factory=list)
    _void_version: int = 0
    _void_scopes: dict[str, int] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return len(self.changes)

    def change(self, *, enabled: bool, scopes: frozenset[str]) -> Change:
        """Narrows or widens it; what was withdrawn is whatever it may no more."""
        version = self.version + 1
        before = self.scopes if self.enabled else frozenset()
        after = scopes if enabled else frozenset()
        if before and not after:
            self._void_version = version
        else:
            self._void_scopes |= dict.fromkeys(before - after, version)
        self.enabled, self.scopes = enabled, scopes
        event = PermissionChanged(
            subject=subjects.app(self.app_id),
            version=version,
            void_below=VoidBelow(version=self._void_version, scopes=dict(self._void_scopes)),
        )
        withdrawn = frozenset(before) if before and not after else before - after
        change = Change(self.app_id, version, withdrawn, event, self._client(version))
        self.changes.append(change)
        return change

    def _client(self, version: int) -> Client:
        return Client(
            client_id=self.app_id,
            version=version,
            disabled=not self.enabled,
            scopes=tuple(sorted(self.scopes)),
            grants=frozenset({"client_credentials"}),
            methods=frozenset(),
        )


def claims_of(
    client: Client, scopes: frozenset[str], *, number: int, issued_at: int, position: LogPosition | None
) -> AccessTokenClaims:
    """A token of an application for the HTTP APIs."""
    return AccessTokenClaims(
        issuer=ISSUER,
        subject=client.client_id,
        audience=API_AUDIENCE,
        client_id=client.client_id,
        token_id=f"jti-{number}",
        issued_at=issued_at,
        expires_at=issued_at + LIFETIME,
        not_before=issued_at,
        principal=Principal.APPLICATION,
        scopes=scopes,
        grant_type="client_credentials",
        app_version=client.version,
        fence_position=position,
        key_id="key-of-tokens",
    )
