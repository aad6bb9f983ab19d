"""Who changed an application and how, from the topics alone; the guard judges each record.

    trail = await audit(app_id, bootstrap_servers=..., guard=process.event_guard, catch_up_keys=process.catch_up_keys)
    for line in trail.lines: ...
    trail.is_sound

After the retention time for audits, compaction leaves only the last state of each key on each topic; the trail names
missing versions. The actor of a change is the producer's statement; it is verified that this producer made it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from grantstream.contracts import subjects
from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.events.registration import AppState, EnablementState
from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.no_op import no_op
from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.judging import Accepted, CatchUpKeys, Judge, Rejected, Verdict
from grantstream.events.replay.audit_trail import AuditLine, AuditTrail, Standing, compare
from grantstream.guard import Guard
from grantstream.kafka.topic_reading import Progress, open_topics

_EVENT_TOPICS: Final = {
    name: kind.topic for name, kind in EVENT_TYPES.items() if issubclass(kind.data, AppState | EnablementState)
}
_LONGEST_NAME: Final = 64


async def audit(
    app_id: str,
    *,
    bootstrap_servers: str,
    guard: Guard,
    catch_up_keys: CatchUpKeys | None = None,
    progress: Progress = no_op,
) -> AuditTrail:
    """Reads every topic of applications and enablements from its start. Raises TopicsUnreadable and KafkaError."""
    judge = Judge(guard, _EVENT_TOPICS, ConsumerSettings(), catch_up_keys)
    entries: list[tuple[AuditLine, AggregateState | None]] = []
    async with open_topics(bootstrap_servers, {topic.name for topic in _EVENT_TOPICS.values()}) as reading:
        async for records in reading.to_the_ends(progress):
            # In any partition: the producer chooses it, and the guard does not check it.
            verdicts = await judge.judge_all(list(_about(app_id, records)))
            entries += [_line(verdict) for verdict in verdicts]
    return AuditTrail(app_id, compare(entries))


def _about(app_id: str, records: Iterable[Any]) -> Iterator[Any]:
    """The records with the key or the subject of the application or of one of its enablements."""
    app_key, enablement_keys = app_id.encode(), f"{app_id}/".encode()
    app, enablements = subjects.app(app_id).encode(), subjects.enablement(app_id, "").encode()
    for record in records:
        key = record.key or b""
        subject = next((value or b"" for name, value in record.headers if name == "ce_subject"), b"")
        if key == app_key or key.startswith(enablement_keys) or subject == app or subject.startswith(enablements):
            yield record


def _line(verdict: Verdict) -> tuple[AuditLine, AggregateState | None]:
    record = verdict.record
    place: dict[str, Any] = {
        "appended_at": datetime.fromtimestamp(record.timestamp / 1000, UTC),
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
    }
    if not isinstance(verdict, Accepted):
        refused = verdict.reason if isinstance(verdict, Rejected) else verdict.why
        return AuditLine(event_type=_claimed_type(record), refused=refused, **place), None
    state, envelope = verdict.data, verdict.envelope
    if not isinstance(state, AppState | EnablementState):
        raise TypeError(f"{type(state).__name__} on {record.topic}")
    line = AuditLine(
        event_type=envelope.type,
        event_id=envelope.id,
        subject=state.subject,
        version=state.version,
        producer=envelope.claims.client_id,
        actor=state.actor,
        standing=Standing.CHANGE,
        **place,
    )
    return line, state


def _claimed_type(record: Any) -> str | None:
    """The type in the header of a record that is not verified: shortened, and without control characters."""
    for name, value in record.headers:
        if name == "ce_type" and value is not None:
            text = value[:_LONGEST_NAME].decode("ascii", errors="replace")
            return "".join(letter if letter.isprintable() else "?" for letter in text)
    return None
