"""One message for each event type: its key, its headers and its data's schema (AsyncAPI 3.0.0, Message Object)."""

from typing import Final

from pydantic.json_schema import models_json_schema

from grantstream.asyncapi.headers import DEAD_LETTER_HEADERS, EVENT_HEADERS, of_type
from grantstream.asyncapi.references import Json, reference
from grantstream.contracts.envelope import CONTENT_TYPE
from grantstream.contracts.events.register import EVENT_TYPES, EventType
from grantstream.contracts.topics import FENCE

DEAD_LETTER: Final = "deadLetter"
"""The name of the one message that all channels of dead letters have."""

_KAFKA_BINDING: Final = "0.5.0"
_DEFINITIONS: Final = "#/components/schemas/{model}"


def data_schemas() -> Json:
    """The schemas of the data of all event types, with nested models, by the names of the models."""
    models = [(event_type.data, "serialization") for event_type in EVENT_TYPES.values()]
    _, schemas = models_json_schema(models, ref_template=_DEFINITIONS)  # type: ignore[arg-type]  # a list is invariant
    definitions: Json = schemas["$defs"]
    return definitions


def message_of(event_type: EventType) -> Json:
    """The message of one event type."""
    model = event_type.data
    return {
        "name": event_type.name,
        "title": model.__name__,
        "summary": (model.__doc__ or "").strip().partition("\n")[0],
        "contentType": CONTENT_TYPE,
        "headers": {"allOf": [reference("components", "schemas", EVENT_HEADERS), of_type(event_type)]},
        "payload": reference("components", "schemas", model.__name__),
        "bindings": {"kafka": {"key": _key_of(event_type), "bindingVersion": _KAFKA_BINDING}},
    }


def dead_letter() -> Json:
    """The message of every channel of dead letters: the original event without its token and proof."""
    return {
        "name": DEAD_LETTER,
        "title": "Dead letter",
        "summary": "An event that a consumer group could not take, and why.",
        "contentType": "application/octet-stream",
        "headers": reference("components", "schemas", DEAD_LETTER_HEADERS),
        "payload": {"description": "The value of the event as it stands on its topic, whatever it is."},
        "bindings": {"kafka": {"bindingVersion": _KAFKA_BINDING}},
    }


def _key_of(event_type: EventType) -> Json:
    topic = event_type.topic
    whole = topic.name == FENCE.name
    description = "The event's whole subject." if whole else "The event's subject without its kind."
    return {"type": "string", "title": topic.key, "description": description}
