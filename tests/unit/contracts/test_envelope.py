"""An envelope is written and read in one way only."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.envelope import Envelope, MalformedEnvelope

ENVELOPE = Envelope(
    id="1",
    type="app.registered",
    source="urn:grantstream:service:registration",
    subject="app/a",
    time=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    dataschema="urn:grantstream:event:app.registered:1",
)
REQUIRED = ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_dataschema"]
names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40)
texts = st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable())


def headers_with(name: str, *values: bytes | None) -> list[tuple[str, bytes | None]]:
    others: list[tuple[str, bytes | None]] = [header for header in ENVELOPE.headers() if header[0] != name]
    return others + [(name, value) for value in values]


envelopes = st.builds(
    Envelope,
    id=names,
    type=texts,
    source=names,
    subject=names,
    time=st.datetimes(timezones=st.just(UTC)),
    dataschema=texts,
    traceparent=st.none() | texts,
)


@given(envelopes)
def test_what_is_written_is_read_back(envelope: Envelope) -> None:
    assert Envelope.from_headers(envelope.headers()) == envelope


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("values", [(), (b"",), (None,), (b"\xff",), (b"1.0", b"1.0")])
def test_a_required_attribute_must_be_there_once_as_text(name: str, values: tuple[bytes | None, ...]) -> None:
    with pytest.raises(MalformedEnvelope, match=name):
        Envelope.from_headers(headers_with(name, *values))


@pytest.mark.parametrize("name", ["traceparent", "content-type", "ce_extension"])
@pytest.mark.parametrize("values", [(None,), (b"\xff",), (b"a", b"b")])
def test_an_optional_attribute_may_not_be_ambiguous_either(name: str, values: tuple[bytes | None, ...]) -> None:
    with pytest.raises(MalformedEnvelope, match=name):
        Envelope.from_headers(headers_with(name, *values))


def test_headers_of_others_do_not_matter() -> None:
    foreign: list[tuple[str, bytes | None]] = [("authorization", None), ("x", b"\xff"), ("x", b"\xff")]
    assert Envelope.from_headers([*ENVELOPE.headers(), *foreign]) == ENVELOPE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_specversion", b"1"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"1772357400"),
        ("ce_time", b"2026-03-01T09:30:00"),
        ("ce_time", b"2026-03-01"),
        ("ce_time", b"0001-01-01T00:00:00+23:59"),
        ("content-type", b"application/cloudevents+json"),
        ("content-type", b"text/plain"),
    ],
)
def test_other_versions_times_and_content_are_refused(name: str, value: bytes) -> None:
    with pytest.raises(MalformedEnvelope):
        Envelope.from_headers(headers_with(name, value))


def test_a_missing_content_type_is_taken_for_json() -> None:
    assert Envelope.from_headers(headers_with("content-type")) == ENVELOPE


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_subject"])
@pytest.mark.parametrize("value", ["a\0b", "a\nb", "\u00e9", "\u202e", "a" * 1_001])
def test_identifying_attributes_are_short_printable_ascii(name: str, value: str) -> None:
    """Consumers keep them in the keys of their tables."""
    with pytest.raises(MalformedEnvelope, match=name):
        Envelope.from_headers(headers_with(name, value.encode()))


def test_a_long_name_is_taken() -> None:
    assert Envelope.from_headers(headers_with("ce_subject", b"a" * 1_000)).subject == "a" * 1_000
