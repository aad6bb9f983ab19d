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
"""Consumers store these in keys and columns, which limit length and characters."""

Header = tuple[str, bytes]


class MalformedEnvelope(ValueError):
    """A record's headers are not those of one CloudEvent as the platform writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The attributes of one event. `time` is the producer's clock: for display only, never for a decision."""

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
        attributes = _decoded(headers)
        missing = [name for name in _REQUIRED if not attributes.get(name)]
        if missing:
            raise MalformedEnvelope(f"missing {', '.join(missing)}")
        if odd := [name for name in _NAMES if not is_name(attributes[name])]:
            raise MalformedEnvelope(f"{', '.join(odd)}: too long, or not of printable ASCII")
        if attributes["ce_specversion"] != "1.0":
            raise MalformedEnvelope("ce_specversion is not 1.0")
        if attributes.get("content-type", CONTENT_TYPE) != CONTENT_TYPE:
            raise MalformedEnvelope("content-type is not application/json")
        return cls(
            id=attributes["ce_id"],
            type=attributes["ce_type"],
            source=attributes["ce_source"],
            subject=attributes["ce_subject"],
            time=_timestamp(attributes["ce_time"]),
            dataschema=attributes["ce_dataschema"],
            traceparent=attributes.get("traceparent"),
        )


def is_name(value: str) -> bool:
    """Whether an event may have this as its id, source or subject."""
    return len(value) <= _LONGEST_NAME and value.isascii() and value.isprintable()


def _decoded(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, raw in headers:
        if not (name.startswith("ce_") or name in ("content-type", "traceparent")):
            continue
        if name in attributes:
            raise MalformedEnvelope(f"{name} is given twice")
        if raw is None:
            raise MalformedEnvelope(f"{name} is null")
        try:
            attributes[name] = raw.decode()
        except UnicodeDecodeError as error:
            raise MalformedEnvelope(f"{name} is not UTF-8") from error
    return attributes


def _timestamp(value: str) -> datetime:
    try:
        time = datetime.fromisoformat(value)
        # Raises OverflowError for a time outside the years 1 to 9999 in UTC, which can't be stored.
        time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedEnvelope("ce_time is not an RFC 3339 timestamp") from error
    if time.tzinfo is None:
        # Without a zone each reader would read another time, and it can't be compared with a time that has one.
        raise MalformedEnvelope("ce_time has no time zone")
    return time
