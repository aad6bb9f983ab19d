"""The credentials that a client presents."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class AuthenticationMethod(StrEnum):
    """A `token_endpoint_auth_method` (RFC 7591, section 2; OpenID Connect Core, section 9)."""

    CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105 - the protocol's word
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the protocol's word
    PRIVATE_KEY_JWT = "private_key_jwt"


UNNAMED_METHODS: Final = frozenset({AuthenticationMethod.CLIENT_SECRET_POST, AuthenticationMethod.CLIENT_SECRET_BASIC})
"""The methods of an application that names none."""


@dataclass(frozen=True, slots=True)
class PresentedSecret:
    """A client's id with its secret, in the body or in the `authorization` header."""

    client_id: str
    method: AuthenticationMethod
    secret: str

    def __repr__(self) -> str:
        """Without the secret, because tracebacks may show this object."""
        return f"PresentedSecret({self.client_id!r}, {self.method.value})"


@dataclass(frozen=True, slots=True)
class PresentedAssertion:
    """A JWT that the client signed (RFC 7523). `claimed_client_id` is the optional form parameter."""

    claimed_client_id: str | None
    assertion: str

    def __repr__(self) -> str:
        """Without the assertion, which is a credential."""
        return f"PresentedAssertion({self.claimed_client_id!r})"


PresentedCredentials = PresentedSecret | PresentedAssertion
