"""What a producer's own token allows it to publish, read from the token without verifying it.

Consumers decide; but a producer without the right should get an error at once instead of a dead letter.
"""

from dataclasses import dataclass
from typing import Any, Self

from grantstream.contracts import subjects
from grantstream.contracts.scopes import allows
from grantstream.contracts.topics import Topic
from grantstream.events.producing.own_token import own_claims


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
