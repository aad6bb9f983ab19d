"""The whole document, of the platform or of one service (AsyncAPI 3.0.0)."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import orjson

from grantstream.asyncapi.channels import channels_of
from grantstream.asyncapi.headers import header_schemas
from grantstream.asyncapi.messages import DEAD_LETTER, data_schemas, dead_letter, message_of
from grantstream.asyncapi.operations import receiving, security_schemes, sending
from grantstream.asyncapi.references import Json, identifier
from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.topics import FENCE, TOPICS, Owner, Topic

_BROKER: Final = "127.0.0.1:8472"
_TOKEN_URL: Final = "http://127.0.0.1:8480/oauth2/v0/token"  # noqa: S105 - an address
"""The default addresses of a platform on one machine."""

_ABOUT: Final = (
    "Every topic of the platform. Each record shows who sent it: an access token and a proof by the key that the token "
    "is bound to. Events carry the whole state of what they tell of, and its version; the newest wins."
)


def platform_document() -> Json:
    """Every topic, with the operations of its producers and consumers."""
    topics = TOPICS.values()
    operations: Json = {}
    for topic in topics:
        operations |= sending(topic) | receiving(topic)
    return _document("Grantstream events", _ABOUT, topics, operations, _BROKER, _TOKEN_URL)


def service_document(
    service: str, follows: Iterable[Topic], group_id: str, *, broker: str = _BROKER, token_url: str = _TOKEN_URL
) -> Json:
    """What the worker of one service sends and receives; `follows` are the topics of its consumer group `group_id`.

    `broker` is one address of the cluster (`host:port`), `token_url` the token endpoint.
    """
    owned = [topic for topic in TOPICS.values() if Owner(service) in topic.owners]
    followed = list(follows)
    operations: Json = {}
    for topic in owned:
        operations |= sending(topic)
    for topic in followed:
        operations |= receiving(topic, group_id)
    operations |= receiving(FENCE)
    topics = {topic.name: topic for topic in (*owned, *followed, FENCE)}.values()
    about = f"What the {service} service publishes, and what it follows."
    return _document(f"Grantstream: {service}", about, topics, operations, broker, token_url)


def to_json(document: Json) -> bytes:
    """The document as indented JSON."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _document(title: str, about: str, topics: Iterable[Topic], operations: Json, broker: str, token_url: str) -> Json:
    topics = list(topics)
    channels: Json = {}
    for topic in topics:
        channels |= channels_of(topic)
    names = {topic.name for topic in topics}
    messages = {identifier(kind.name): message_of(kind) for kind in EVENT_TYPES.values() if kind.topic.name in names}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": title,
            "version": _version(),
            "description": about,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": broker, "protocol": "kafka", "description": "The platform's brokers."}},
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages | {DEAD_LETTER: dead_letter()},
            "schemas": header_schemas() | data_schemas(),
            "securitySchemes": security_schemes(topics, token_url),
        },
    }


def _version() -> str:
    """The library's version; a checkout that was never built has none."""
    try:
        return version("grantstream")
    except PackageNotFoundError:
        return "0.1.0"
