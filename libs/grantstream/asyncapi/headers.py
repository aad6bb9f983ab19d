"""The headers of a record: those of a CloudEvent in binary mode, and those that prove who sent it.

Source: CloudEvents 1.0.2, section 3; Kafka protocol binding 1.0.2, section 3.2; docs/event-proofs.md for the proof.
"""

from typing import Final

from grantstream.asyncapi.references import Json
from grantstream.contracts.envelope import CONTENT_TYPE
from grantstream.contracts.events.register import EventType
from grantstream.events.dead import copies as dead

EVENT_HEADERS: Final = "EventHeaders"
DEAD_LETTER_HEADERS: Final = "DeadLetterHeaders"

_ALWAYS: Final = (
    *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_dataschema"),
    *("content-type", "authorization", "event-proof"),
)


def _text(description: str, **more: object) -> Json:
    return {"type": "string", "description": description, **more}


_ATTRIBUTES: Final[Json] = {
    "ce_specversion": _text("The version of CloudEvents.", const="1.0"),
    "ce_id": _text("A UUIDv7; with ce_source it names the event, and stays the same however often it is sent."),
    "ce_type": _text("What happened."),
    "ce_source": _text("Who says so, as a URI.", format="uri-reference"),
    "ce_subject": _text("What it happened to: a kind and an id, with a slash between them."),
    "ce_time": _text("When it happened, by the producer's clock; nothing is decided by it.", format="date-time"),
    "ce_dataschema": _text("The schema of the data; its number rises when a reader of the old one would break."),
    "content-type": _text("The form of the value.", const=CONTENT_TYPE),
    "traceparent": _text("The trace that the change belongs to (W3C Trace Context)."),
}
_SENDER: Final[Json] = {
    "authorization": _text(
        "`Bearer` and the producer's access token: a JWT (RFC 9068) for the audience urn:grantstream:events, with the "
        "scope of the topic and the thumbprint of a key in `cnf.jkt`. It is judged at the broker's append time."
    ),
    "event-proof": _text(
        "A JWS by the key behind `cnf.jkt`. It covers topic, key, value, the `ce_` headers and content-type, and the "
        "token."
    ),
    "event-proof-path": _text("How the event hangs together with others under one proof; absent if it is alone."),
}
_DEAD: Final[Json] = {
    dead.REASON: _text("A stable code: why the event could not be consumed."),
    dead.GROUP: _text("The consumer group that could not take it."),
    dead.TOPIC: _text("The topic on which the event itself stands."),
    dead.PARTITION: _text("Its partition.", pattern=r"^\d+$"),
    dead.OFFSET: _text("Its offset.", pattern=r"^\d+$"),
    dead.APPENDED_AT: _text("When the broker appended it, in milliseconds since 1970.", pattern=r"^\d+$"),
    dead.LEFT_OUT: _text("What was too large to be copied, or held a token, with commas."),
}


def header_schemas() -> Json:
    """The schemas that all messages share, by name."""
    required = [name for name in _DEAD if name != dead.LEFT_OUT]
    return {
        EVENT_HEADERS: {"type": "object", "properties": _ATTRIBUTES | _SENDER, "required": list(_ALWAYS)},
        DEAD_LETTER_HEADERS: {"type": "object", "properties": _ATTRIBUTES | _DEAD, "required": required},
    }


def of_type(event_type: EventType) -> Json:
    """The additional schema for the headers of one event type."""
    return {
        "type": "object",
        "properties": {"ce_type": {"const": event_type.name}, "ce_dataschema": {"const": event_type.dataschema}},
    }
