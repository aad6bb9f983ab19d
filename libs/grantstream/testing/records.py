"""Records as producers write them to topics: whole and valid, or with any part of them missing."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from grantstream.contracts import subjects
from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.events.state import EventData
from grantstream.contracts.topics import FENCE
from grantstream.proof import Credential, ProofKey, RecordContent, prove
from grantstream.testing.mint import PRODUCER_KEY


def record(event: EventData, **attributes: Any) -> RecordContent:
    """The record of an event, without token and proof. `attributes`: of its envelope."""
    event_type = TYPE_OF_DATA[type(event)]
    subject = str(attributes.get("subject") or getattr(event, "subject"))  # noqa: B009 - not every EventData has one
    fields: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "type": event_type.name,
        "source": "urn:grantstream:service:test",
        "subject": subject,
        "time": datetime.now(UTC),
        "dataschema": event_type.dataschema,
    }
    key = subject if event_type.topic is FENCE else subjects.record_key(subject)
    headers = Envelope(**fields | attributes).headers()
    return RecordContent(event_type.topic.name, key.encode(), event.to_bytes(), headers)


def signed_headers(
    token: str,
    *,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
    proof_key: ProofKey = PRODUCER_KEY,
) -> list[tuple[str, bytes | None]]:
    """The headers of a record, with the token and the proof for exactly this content in a window of its own."""
    [added] = prove(Credential(token, proof_key), [RecordContent(topic, key, value, headers)])
    return [*headers, *added]


def signed_record(
    token: str, event: EventData, *, proof_key: ProofKey = PRODUCER_KEY, **attributes: Any
) -> RecordContent:
    """A whole valid record of an event: `record` with token and proof."""
    bare = record(event, **attributes)
    headers = signed_headers(
        token, topic=bare.topic, key=bare.key, value=bare.value, headers=bare.headers, proof_key=proof_key
    )
    return replace(bare, headers=headers)


def bearer(token: str) -> tuple[str, bytes]:
    """The Kafka header with a producer's token, without a proof."""
    return ("authorization", f"Bearer {token}".encode())


def without(headers: Iterable[tuple[str, bytes]], name: str) -> list[tuple[str, bytes]]:
    """The headers without that name."""
    return [(header, value) for header, value in headers if header != name]
