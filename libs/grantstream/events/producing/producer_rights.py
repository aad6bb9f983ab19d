"""What a producer's own token lets it write, read from the token without judging it: it is ours.

Consumers decide; but whoever may not write something should hear so at once, and not find it among dead letters.
"""

from dataclasses import dataclass
from typing import Any, Self

from grantstream.contracts import subjects
from grantstream.contracts.scopes import allows
from grantstream.contracts.topics import Topic
from grantstream.events.producing.own_token import own_claims


@dataclass(frozen=True, slots=True)
class ProducerRights:
    """Scopes, and the subjects about which the client may write."""

    client_id: str
    scopes: frozenset[str]
    key_space: tuple[str, ...]

    @classmethod
    def of(cls, token: str) -> Self:
        """Raises ValueError for what isn't a JWT."""
        claims: dict[str, Any] = own_claims(token)
        return cls(
            client_id=str(claims.get("client_id", "")),
            scopes=frozenset(str(claims.get("scope", "")).split()),
            key_space=tuple(claims.get("key_space") or ()),
        )

    def missing_for(self, topic: Topic, subject: str) -> str | None:
        """What the token lacks to write about a subject on a topic, for a person to read; None if nothing."""
        if not allows(self.scopes, topic.scope):
            return f"the token has no scope {topic.scope}, which the topic {topic.name} asks for"
        if not subjects.within(subject, self.key_space):
            return f"{subject} is outside the key space of the token ({', '.join(self.key_space) or 'it has none'})"
        return None
