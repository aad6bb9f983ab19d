"""The file of set-up's clients: the services themselves, the command line, the local administration client."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict

from services.token.domain.client import Client, ClientSecret, digest_bytes
from services.token.domain.client_authentication import AuthenticationMethod

SYSTEM_VERSION: Final = 0
"""The version in tokens of system clients, which are no registered applications."""


class JsonWebKeys(BaseModel):
    """A JWK set (RFC 7517, section 5)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[dict[str, Any], ...]


class SystemClient(BaseModel):
    """One entry of the file. Its scopes are the only ones the client can get."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    client_id: str
    name: str
    scopes: tuple[str, ...]
    key_space: tuple[str, ...] = ()
    token_endpoint_auth_method: AuthenticationMethod
    grants: tuple[Literal["client_credentials", "password"], ...]
    jwks: JsonWebKeys | None = None
    secret_digest: str | None = None

    def to_client(self) -> Client:
        """The client of this entry. Raises ValueError if it has no credential for its method."""
        by_key = self.token_endpoint_auth_method is AuthenticationMethod.PRIVATE_KEY_JWT
        if (by_key and self.jwks is None) or (not by_key and self.secret_digest is None):
            raise ValueError(f"system client {self.name} has no credential")
        secrets = (ClientSecret(None, digest_bytes(self.secret_digest)),) if self.secret_digest else ()
        methods = (
            frozenset({AuthenticationMethod.PRIVATE_KEY_JWT})
            if by_key
            else frozenset({AuthenticationMethod.CLIENT_SECRET_POST, AuthenticationMethod.CLIENT_SECRET_BASIC})
        )
        return Client(
            client_id=self.client_id,
            version=SYSTEM_VERSION,
            disabled=False,
            scopes=self.scopes,
            grants=frozenset(self.grants),
            methods=methods,
            secrets=secrets,
            keys=self.jwks.keys if self.jwks and by_key else (),
            key_space=self.key_space,
            is_system=True,
        )


class SystemClients(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    clients: tuple[SystemClient, ...]

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Reads the file's text. Raises ValueError if it does not have set-up's format."""
        return cls.model_validate_json(text)

    def by_id(self) -> Mapping[str, Client]:
        """Every client by its id."""
        return {entry.client_id: entry.to_client() for entry in self.clients}

    def named(self, name: str) -> Client:
        """The client with this name. Raises ValueError if there is none."""
        for entry in self.clients:
            if entry.name == name:
                return entry.to_client()
        raise ValueError(f"the system clients' file names no client {name!r}")
