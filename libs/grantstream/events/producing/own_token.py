"""What a producer's own access token says, read without verifying it: when it is valid, and what it allows.

Consumers decide; but a producer without the right should get an error at once instead of a dead letter.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Self

import orjson

from grantstream.contracts import subjects
from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.contracts.scopes import allows
from grantstream.contracts.topics import Topic


@dataclass(frozen=True, slots=True)
class TokenValidity:
    """From when and until when a record with this token may be appended, in seconds since 1970."""

    not_before: float
    expires_at: float

    def covers(self, appended_at: float) -> bool:
        """Whether consumers accept a record that was appended then (with the guard's tolerance)."""
        return self.not_before - CLOCK_TOLERANCE.total_seconds() <= appended_at < self.expires_at

    @classmethod
    def of(cls, token: str) -> Self:
        """A token's validity. Raises ValueError if it is no JWT with these claims."""
        claims = own_claims(token)
        try:
            return cls(not_before=max(claims["iat"], claims["nbf"]), expires_at=claims["exp"])
        except (KeyError, TypeError) as error:
            raise ValueError("the producer's token is not a JWT with iat, nbf and exp") from error


@dataclass(frozen=True, slots=True)
class ProducerRights:
    """Scopes, and the subjects whose events the client may publish."""

    client_id: str
    scopes: frozenset[str]
    key_space: tuple[str, ...]

    @classmethod
    def of(cls, token: str) -> Self:
        """The rights in a token. Raises ValueError if it is no JWT."""
        claims: dict[str, Any] = own_claims(token)
        return cls(
            client_id=str(claims.get("client_id", "")),
            scopes=frozenset(str(claims.get("scope", "")).split()),
            key_space=tuple(claims.get("key_space") or ()),
        )

    def missing_for(self, topic: Topic, subject: str) -> str | None:
        """What the token lacks for an event of a subject on a topic, as a text for people; None if nothing."""
        if not allows(self.scopes, topic.scope):
            return f"the token has no scope {topic.scope}, which the topic {topic.name} asks for"
        if not subjects.within(subject, self.key_space):
            return f"{subject} is outside the key space of the token ({', '.join(self.key_space) or 'it has none'})"
        return None


def own_claims(token: str) -> dict[str, Any]:
    """The claims of a token that was issued to this process. Raises ValueError if it is no JWT."""
    try:
        payload = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, binascii.Error, orjson.JSONDecodeError) as error:
        raise ValueError("the producer's token is not a JWT") from error
    if not isinstance(claims, dict):
        raise ValueError("the producer's token is not a JWT")
    return claims
