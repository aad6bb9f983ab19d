"""The rules for a record that a consumer may apply; `Guard.read_event` has their order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.envelope import Envelope, MalformedEnvelope
from grantstream.contracts.events.fence import FenceReached
from grantstream.contracts.events.register import EVENT_TYPES, EventType
from grantstream.contracts.events.registration import AppState
from grantstream.contracts.events.state import EventData
from grantstream.contracts.scope_catalogue import is_reserved, is_staff_assigned
from grantstream.contracts.scopes import allows
from grantstream.contracts.topics import FENCE, Topic
from grantstream.guard.errors import EventRefused
from grantstream.guard.jwt_parse import bearer_token
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.proof.window_proof import AUTHORIZATION

_PART_MARKS: Final = (b",", b"{", b"[")
_MOST_PARTS: Final = 20_000
"""Far more than any event of ours has. A parser needs up to 1.5 KB for each part, even of three bytes."""

_UNASSIGNABLE_KINDS: Final = ("key", "instance")

Headers = Iterable[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class JudgedEvent:
    """An event that may be applied: its attributes, who wrote it, and what it says."""

    envelope: Envelope
    claims: AccessTokenClaims
    data: EventData


def present_value(topic: Topic, value: bytes | None) -> bytes:
    """The value of a record. Null on a compacted topic is a tombstone: it has no content, so it needs no token."""
    if value is None and topic.cleanup == "compact":
        raise EventRefused(RefusalCode.EVENT_TOMBSTONE)
    return value or b""


def producer_token(headers: Headers) -> str:
    """The token in the one `authorization` header."""
    values = [value for name, value in headers if name == AUTHORIZATION]
    if not values:
        raise EventRefused(RefusalCode.EVENT_TOKEN_MISSING)
    if len(values) > 1:
        raise EventRefused(RefusalCode.EVENT_TOKEN_REPEATED)
    if values[0] is None:
        raise EventRefused(RefusalCode.EVENT_TOKEN_NULL)
    try:
        token = bearer_token(values[0].decode())
    except UnicodeDecodeError as error:
        raise EventRefused(RefusalCode.EVENT_TOKEN_NOT_UTF8) from error
    if token is None:
        raise EventRefused(RefusalCode.EVENT_TOKEN_MISSING, "not a bearer token")
    return token


def refuse_without_scope(claims: AccessTokenClaims, topic: Topic) -> None:
    """Refuses a producer whose token lacks the topic's scope."""
    if not allows(claims.scopes, topic.scope):
        raise EventRefused(RefusalCode.SCOPE_MISSING, topic.scope)


def read_envelope(headers: Headers) -> Envelope:
    """The attributes of the event."""
    try:
        return Envelope.from_headers(headers)
    except MalformedEnvelope as error:
        raise EventRefused(RefusalCode.EVENT_ENVELOPE_MALFORMED, str(error)) from error


def type_on(topic: Topic, envelope: Envelope) -> EventType:
    """The event's type, which must be one of this topic, in a known schema."""
    event_type = EVENT_TYPES.get(envelope.type)
    if event_type is None:
        raise EventRefused(RefusalCode.EVENT_TYPE_UNKNOWN)
    if event_type.topic.name != topic.name:
        raise EventRefused(RefusalCode.EVENT_OF_OTHER_TOPIC)
    if envelope.dataschema != event_type.dataschema:
        raise EventRefused(RefusalCode.EVENT_SCHEMA_UNKNOWN)
    return event_type


def refuse_other_key(topic: Topic, key: bytes | None, subject: str) -> None:
    """Refuses a record whose key is not its subject's: compaction and the order of records depend on the key."""
    expected = subject if topic.name == FENCE.name else subjects.record_key(subject)
    if key is None or key != expected.encode():
        raise EventRefused(RefusalCode.EVENT_KEY_MISMATCH)


def refuse_outside_key_space(claims: AccessTokenClaims, event_type: EventType, subject: str) -> None:
    """Refuses a producer that may not write about this subject."""
    if event_type.data is FenceReached:
        # A producer that could write for another client's process could end the wait for it: no key space allows that.
        allowed = subject.startswith(subjects.instance(claims.client_id, ""))
    else:
        allowed = subjects.within(subject, claims.key_space)
    if not allowed:
        raise EventRefused(RefusalCode.EVENT_OUTSIDE_KEY_SPACE)


def refuse_privilege_escalation(claims: AccessTokenClaims, data: EventData) -> None:
    """Refuses an application's state with more rights than its producer can assign.

    No producer assigns signing keys or other processes' records. Rights that only staff assign, a key space among
    them, need a producer for all applications, such as the registration service: a producer for some could otherwise
    give its own application every right.
    """
    if not isinstance(data, AppState):
        return
    is_unassignable = any(subjects.touches_kind(data.key_space, kind) for kind in _UNASSIGNABLE_KINDS)
    if is_unassignable or any(map(is_reserved, data.scopes)):
        raise EventRefused(RefusalCode.EVENT_GIVES_TOO_MUCH, "rights that no producer assigns")
    from_staff = data.key_space or any(map(is_staff_assigned, data.scopes))
    if from_staff and not subjects.covers_kind(claims.key_space, "app"):
        raise EventRefused(RefusalCode.EVENT_GIVES_TOO_MUCH, "rights that only staff assign")


def read_data(event_type: EventType, value: bytes, subject: str) -> EventData:
    """The event's data, which must be about the subject that key and key space were checked for."""
    if len(value) > _MOST_PARTS and sum(map(value.count, _PART_MARKS)) > _MOST_PARTS:
        raise EventRefused(RefusalCode.EVENT_DATA_MALFORMED, "too many parts")
    try:
        data = event_type.data.model_validate_json(value)
    except ValidationError as error:
        # The cause would quote the data, which may hold anything: the refusal gives only the number of faults.
        raise EventRefused(RefusalCode.EVENT_DATA_MALFORMED, f"{error.error_count()} faults") from None
    if getattr(data, "subject", None) != subject:
        raise EventRefused(RefusalCode.EVENT_SUBJECT_MISMATCH)
    return data
