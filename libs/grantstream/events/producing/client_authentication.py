"""How a client authenticates at the token endpoint: by a secret, or by a JWT signed with its own key."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import jwt

from grantstream.proof.credential import read_p256_key

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFETIME_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client's secret, sent in the request's body (RFC 6749, section 2.3.1). It never shows in `repr`."""

    value: str = field(repr=False)

    def form(self) -> dict[str, str]:
        """The form fields that authenticate a token request."""
        return {"client_secret": self.value}


class ClientAssertion:
    """Makes assertions (RFC 7523, section 3) for one client at one token endpoint, each for one use within a minute.

    `key_file` holds a P-256 private key as PEM. Raises ValueError if it does not, and OSError if it can't be read.
    """

    def __init__(self, client_id: str, key_file: Path, audience: str, *, now: Callable[[], float] = time.time) -> None:
        self._client_id = client_id
        self._key = read_p256_key(key_file)
        self._audience = audience
        self._now = now

    def form(self) -> dict[str, str]:
        """The form fields that authenticate a token request (section 2.2)."""
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.new()}

    def new(self) -> str:
        """A new assertion."""
        issued_at = int(self._now())
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._audience,
            "jti": str(uuid.uuid4()),
            "iat": issued_at,
            "exp": issued_at + _LIFETIME_SECONDS,
        }
        return jwt.encode(claims, self._key, algorithm="ES256")
