"""Every published version of every event has a golden sample: what was once on a topic can be read for ever.

A sample that no longer serialises to itself means that the event has changed on the wire. A new optional field is added
to the sample; anything else needs a new schema version beside the old one.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from grantstream.contracts import subjects
from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.register import EVENT_TYPES, TYPE_OF_DATA, EventType
from grantstream.contracts.topics import FENCE, TOPICS

FOLDER = Path(__file__).parents[2] / "golden" / "events"
SAMPLES = sorted(FOLDER.glob("*.json"))
event_types = pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=lambda event_type: event_type.name)


def sample_of(event_type: EventType) -> dict[str, Any]:
    file = FOLDER / f"{event_type.name}.v{event_type.data.schema_version}.json"
    sample: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return sample


def envelope_in(sample: dict[str, Any]) -> Envelope:
    return Envelope.from_headers((name, value.encode()) for name, value in sample["headers"].items())


@event_types
def test_the_sample_parses_and_serialises_to_the_same_json(event_type: EventType) -> None:
    sample = sample_of(event_type)
    data = event_type.data.model_validate_json(json.dumps(sample["data"]))
    assert json.loads(data.to_bytes()) == sample["data"]
    assert list(json.loads(data.to_bytes())) == list(sample["data"])


@event_types
def test_the_sample_fills_every_field(event_type: EventType) -> None:
    assert set(sample_of(event_type)["data"]) == set(event_type.data.model_fields)


@event_types
def test_the_sample_headers_survive_a_round_trip(event_type: EventType) -> None:
    sample = sample_of(event_type)
    envelope = envelope_in(sample)
    assert {name: value.decode() for name, value in envelope.headers()} == sample["headers"]
    assert (envelope.type, envelope.dataschema) == (event_type.name, event_type.dataschema)


@event_types
def test_the_sample_stands_on_its_topic_under_its_key(event_type: EventType) -> None:
    sample = sample_of(event_type)
    envelope = envelope_in(sample)
    data = event_type.data.model_validate(sample["data"])
    assert sample["topic"] == event_type.topic.name
    assert envelope.subject == getattr(data, "subject", None)
    expected = envelope.subject if event_type.topic == FENCE else subjects.record_key(envelope.subject)
    assert sample["key"] == expected


@event_types
def test_a_newer_producers_field_is_passed_over(event_type: EventType) -> None:
    sample = sample_of(event_type)["data"]
    known = event_type.data.model_validate(sample)
    assert event_type.data.model_validate(sample | {"added_later": {"any": 1}}) == known


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_every_sample_is_of_a_type_that_is_registered(file: Path) -> None:
    name, _, version = file.stem.rpartition(".v")
    assert name in EVENT_TYPES
    assert int(version) <= EVENT_TYPES[name].data.schema_version


def test_each_type_has_a_registered_topic_and_its_own_model() -> None:
    assert all(event_type.topic is TOPICS[event_type.topic.name] for event_type in EVENT_TYPES.values())
    assert len(TYPE_OF_DATA) == len(EVENT_TYPES) == 19


def test_every_topic_carries_some_event() -> None:
    assert {event_type.topic.name for event_type in EVENT_TYPES.values()} == set(TOPICS)
