"""CloudEvents 1.0 in Kafka's binary content mode: attributes as `ce_*` headers, the data as the record's value.

Source: CloudEvents 1.0.2, sections 3.1 and 3.2; Kafka protocol binding 1.0.2, section 3.2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

CONTENT_TYPE: Final = "application/json"
_REQUIRED: Final = (
    "ce_specversion",
    "ce_id",
    "ce_type",
    "ce_source",
    "ce_subject",
    "ce_time",
    "ce_dataschema",
)

_NAMES: Final = ("ce_id", "ce_source", "ce_subject")
_LONGEST_NAME: Final = 1_000
"""Consumers keep these in keys and columns, which take neither any length nor every character."""

Header = tuple[str, bytes]


class MalformedEnvelope(ValueError):
    """A record's headers are not those of one CloudEvent as the platform writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The attributes of one event. `time` is the producer's clock: shown to people, never decided by."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    dataschema: str
    traceparent: str | None = None

    def headers(self) -> list[Header]:
        """The Kafka headers of this event, without those of the producer's token and proof."""
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", self.id.encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", self.time.isoformat().encode()),
            ("ce_dataschema", self.dataschema.encode()),
            ("content-type", CONTENT_TYPE.encode()),
        ]
        if self.traceparent is not None:
            headers.append(("traceparent", self.traceparent.encode()))
        return headers

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, bytes | None]]) -> Self:
        """Reads the headers of a record.

        Raises MalformedEnvelope if an attribute is missing, given twice, null or not UTF-8, if id, source or subject is
        not of printable ASCII or too long, if the event is not of CloudEvents 1.0, or if the data is not JSON.
        """
        found = _decoded(headers)
        missing = [name for name in _REQUIRED if not found.get(name)]
        if missing:
            raise MalformedEnvelope(f"missing {', '.join(missing)}")
        if odd := [name for name in _NAMES if not is_name(found[name])]:
            raise MalformedEnvelope(f"{', '.join(odd)}: too long, or not of printable ASCII")
        if found["ce_specversion"] != "1.0":
            raise MalformedEnvelope("ce_specversion is not 1.0")
        if found.get("content-type", CONTENT_TYPE) != CONTENT_TYPE:
            raise MalformedEnvelope("content-type is not application/json")
        return cls(
            id=found["ce_id"],
            type=found["ce_type"],
            source=found["ce_source"],
            subject=found["ce_subject"],
            time=_timestamp(found["ce_time"]),
            dataschema=found["ce_dataschema"],
            traceparent=found.get("traceparent"),
        )


def is_name(value: str) -> bool:
    """Whether an event may have this as its id, source or subject."""
    return len(value) <= _LONGEST_NAME and value.isascii() and value.isprintable()


def _decoded(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, raw in headers:
        if not (name.startswith("ce_") or name in ("content-type", "traceparent")):
            continue
        if name in found:
            raise MalformedEnvelope(f"{name} is given twice")
        if raw is None:
            raise MalformedEnvelope(f"{name} is null")
        try:
            found[name] = raw.decode()
        except UnicodeDecodeError as error:
            raise MalformedEnvelope(f"{name} is not UTF-8") from error
    return found


def _timestamp(value: str) -> datetime:
    try:
        time = datetime.fromisoformat(value)
        # Raises OverflowError for one that, in UTC, is before the year 1 or after 9999: nobody could store it.
        time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedEnvelope("ce_time is not an RFC 3339 timestamp") from error
    if time.tzinfo is None:
        # Without a zone it says a different time to each reader, and can't be compared with one that has a zone.
        raise MalformedEnvelope("ce_time has no time zone")
    return time
