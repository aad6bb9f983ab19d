"""Who sends to a channel and who receives from it (AsyncAPI 3.0.0, Operation Object)."""

from collections.abc import Iterable
from typing import Final

from grantstream.asyncapi.references import Json, identifier, reference
from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.topics import Topic

_BINDING: Final = "0.5.0"


def sending(topic: Topic) -> Json:
    """The operation of a producer, by its name; it needs the topic's scope. Empty for a topic that is only foreseen."""
    if topic.foreseen:
        return {}
    return {
        identifier("send", topic.name): {
            "action": "send",
            "channel": reference("channels", identifier(topic.name)),
            "summary": f"Publish to {topic.name}.",
            "security": [reference("components", "securitySchemes", identifier(topic.scope))],
            "messages": _messages(topic),
        }
    }


def receiving(topic: Topic, group_id: str | None = None) -> Json:
    """The operation of a consumer, by its name; it judges each record."""
    operation: Json = {
        "action": "receive",
        "channel": reference("channels", identifier(topic.name)),
        "summary": f"Consume {topic.name}; each record is judged by the guard first.",
        "messages": _messages(topic),
    }
    if group_id is not None:
        group = {"type": "string", "enum": [group_id]}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": _BINDING}}
    return {identifier("receive", topic.name): operation}


def security_schemes(topics: Iterable[Topic], token_url: str) -> Json:
    """One scheme for each scope: the access token in the `authorization` header, by client credentials."""
    return {identifier(topic.scope): _scheme(topic.scope, token_url) for topic in topics}


def _scheme(scope: str, token_url: str) -> Json:
    flow = {"tokenUrl": token_url, "availableScopes": {scope: "Write to the topics that this scope is for."}}
    return {
        "type": "oauth2",
        "description": (
            "An access token for the audience urn:grantstream:events, bound to the producer's key by DPoP (RFC 9449)."
        ),
        "flows": {"clientCredentials": flow},
        "scopes": [scope],
    }


def _messages(topic: Topic) -> list[Json]:
    types = [identifier(kind.name) for kind in EVENT_TYPES.values() if kind.topic.name == topic.name]
    return [reference("channels", identifier(topic.name), "messages", name) for name in types]
