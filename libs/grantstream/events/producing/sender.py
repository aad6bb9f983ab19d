"""Sends windows of events: signed with the producer's credential, and judged by what the broker answers.

The relay sends the rows of an outbox by it (`relaying/relay.py`), a publisher the events that its tasks wait for
(`send_queue.py`).
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from grantstream.contracts.envelope import Envelope
from grantstream.events.errors import Behind, EventsError, TokenOutlived
from grantstream.events.producing.outbox import OutboxEvent
from grantstream.events.producing.own_token import TokenValidity
from grantstream.kafka.errors import TopicFault
from grantstream.kafka.record_window import Acknowledged, Outcome, Record, RecordWindow, with_proofs
from grantstream.proof import Credential

Sent: TypeAlias = Acknowledged | Exception
"""What became of an event: acknowledged for good, or why it has to be sent again, with the same id."""


class Sender:
    """Sends through one record window; each call is one window."""

    def __init__(self, records: RecordWindow) -> None:
        self._records = records

    async def send(self, events: Sequence[OutboxEvent], credential: Credential) -> list[Sent]:
        """What became of each event, in their order.

        Raises ValueError if the token is no JWT, or for more events than a proof may cover.
        """
        validity = TokenValidity.of(credential.token)
        outcomes = await self._records.send(event_records(events, credential))
        return list(judged(events, outcomes, validity))

    async def close(self) -> None:
        """Closes the producer."""
        await self._records.close()


def judged(events: Sequence[OutboxEvent], outcomes: Sequence[Outcome], validity: TokenValidity) -> Iterator[Sent]:
    """After the first event of a subject that was not acknowledged, all later ones of that subject are `Behind`."""
    failed: set[str] = set()
    for event, outcome in zip(events, outcomes, strict=True):
        if event.subject in failed:
            yield Behind()
        elif isinstance(outcome, Acknowledged) and validity.covers(outcome.appended_at):
            yield outcome
        else:
            failed.add(event.subject)
            yield TokenOutlived() if isinstance(outcome, Acknowledged) else outcome


def event_records(events: Sequence[OutboxEvent], credential: Credential) -> list[Record]:
    """The records of events, with token and proof. Raises ValueError for more events than a proof may cover."""
    return with_proofs([_record(event) for event in events], credential)


def why(fault: Exception, topic: str) -> str:
    """A text for people: only our own errors with their text, since others may quote data."""
    return str(fault) if isinstance(fault, EventsError | TopicFault) else f"{topic}: {type(fault).__name__}"


def _record(event: OutboxEvent) -> Record:
    """Events of one aggregate are sent in order, on the fence as well.

    Records of different topics may be appended in another order; their versions make that harmless.
    """
    envelope = Envelope(
        id=event.id,
        type=event.type,
        source=event.source,
        subject=event.subject,
        time=event.time,
        dataschema=event.dataschema,
        traceparent=event.traceparent,
    )
    key = None if event.key is None else event.key.encode()
    return Record(event.topic, key, event.data, envelope.headers(), lane=event.subject)
