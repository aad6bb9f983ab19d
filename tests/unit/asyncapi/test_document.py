"""The AsyncAPI document is valid, tells the truth about every event, and the published copy is the current one."""

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import ValidationError

from grantstream.asyncapi import platform_document, service_document, to_json
from grantstream.asyncapi.references import identifier
from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.topics import APP_DISABLED, APP_REGISTERED, FENCE, TOPICS, Owner

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # two of its fields shadow pydantic's own
    from asyncapi3.models import AsyncAPI3

ROOT = Path(__file__).parents[3]
SAMPLES = sorted((ROOT / "tests" / "golden" / "events").glob("*.json"))
SENDER = {"authorization": "Bearer x", "event-proof": "x"}


def _documents() -> Iterator[Any]:
    yield pytest.param(platform_document(), id="platform")
    for service, follows in (("token", [APP_REGISTERED, APP_DISABLED]), ("registration", []), ("receipts", [])):
        yield pytest.param(service_document(service, follows, service), id=service)


@pytest.mark.parametrize("document", list(_documents()))
def test_a_document_is_valid_asyncapi(document: dict[str, Any]) -> None:
    AsyncAPI3.model_validate(document)


@pytest.mark.parametrize("document", list(_documents()))
def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for target in _references(document):
        _found(document, target)


def test_the_validator_refuses_an_unsound_document() -> None:
    document = json.loads(to_json(platform_document()))
    document["operations"]["sendFence"]["action"] = "publish"
    with pytest.raises(ValidationError):
        AsyncAPI3.model_validate(document)


def test_each_topic_and_dead_letter_topic_is_one_channel() -> None:
    addresses = [channel["address"] for channel in platform_document()["channels"].values()]
    assert sorted(addresses) == sorted(name for topic in TOPICS.values() for name in (topic.name, topic.dead_letters))


def test_a_service_sends_exactly_what_its_code_publishes() -> None:
    for service in Owner:
        code = "\n".join(path.read_text() for path in (ROOT / "services" / service).rglob("*.py"))
        sent = {each["channel"]["$ref"] for each in _operations(service_document(service, [], service), "send")}
        for topic in TOPICS.values():
            if service not in topic.owners or topic is FENCE:
                continue  # the library itself writes these two, for every service
            datas = {kind.data.__name__ for kind in EVENT_TYPES.values() if kind.topic == topic}
            published = any(re.search(rf"\b{data}\b", code) for data in datas)
            assert (f"#/channels/{identifier(topic.name)}" in sent) == published, topic.name


def test_a_topic_that_nobody_publishes_to_yet_says_so() -> None:
    for channel in platform_document()["channels"].values():
        foreseen = any(topic.foreseen for topic in TOPICS.values() if topic.name == channel["address"])
        assert channel["description"].endswith("No service publishes here yet.") == foreseen


def _operations(document: dict[str, Any], action: str) -> list[dict[str, Any]]:
    return [each for each in document["operations"].values() if each["action"] == action]


def test_each_channel_has_exactly_the_messages_of_its_topic() -> None:
    document = platform_document()
    for topic in TOPICS.values():
        [channel] = [each for each in document["channels"].values() if each["address"] == topic.name]
        told = {_found(document, message["$ref"])["name"] for message in channel["messages"].values()}
        assert told == {kind.name for kind in EVENT_TYPES.values() if kind.topic.name == topic.name}


def test_sending_requires_the_topics_scope() -> None:
    """By client credentials and no other flow."""
    document = platform_document()
    for operation in document["operations"].values():
        if operation["action"] == "send":
            topic = TOPICS[_found(document, operation["channel"]["$ref"])["address"]]
            [scheme] = [_found(document, each["$ref"]) for each in operation["security"]]
            assert scheme["scopes"] == [topic.scope]
            assert list(scheme["flows"]) == ["clientCredentials"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_schemas_take_what_was_published(path: Path) -> None:
    sample = json.loads(path.read_text())
    message = _message(platform_document(), sample["headers"]["ce_type"])
    _validator(message["headers"]).validate(sample["headers"] | SENDER)
    _validator(message["payload"]).validate(sample["data"])


@pytest.mark.parametrize("missing", ["authorization", "event-proof", "ce_id"])
def test_the_header_schema_requires_token_proof_and_id(missing: str) -> None:
    sample = json.loads(SAMPLES[0].read_text())
    headers = sample["headers"] | SENDER
    del headers[missing]
    validator = _validator(_message(platform_document(), sample["headers"]["ce_type"])["headers"])
    with pytest.raises(jsonschema_rs.ValidationError, match=missing):
        validator.validate(headers)


def test_a_service_sends_owned_and_receives_followed_events() -> None:
    operations = service_document("token", [APP_REGISTERED], "token")["operations"]
    assert "sendUserRegistered" in operations
    assert "sendAppRegistered" not in operations
    assert operations["receiveAppRegistered"]["bindings"]["kafka"]["groupId"]["enum"] == ["token"]


def test_the_published_copy_is_current() -> None:
    assert (ROOT / "docs" / "asyncapi.json").read_bytes() == to_json(platform_document()), "run: make asyncapi"


def _message(document: dict[str, Any], event_type: str) -> dict[str, Any]:
    [message] = [each for each in document["components"]["messages"].values() if each["name"] == event_type]
    return dict(message)


def _validator(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """A validator of a part of the document; its references look for their targets in the whole."""
    document = platform_document()
    return jsonschema_rs.validator_for({**schema, "components": document["components"]})


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from _references(each)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)


def _found(document: Any, target: str) -> Any:
    assert target.startswith("#/")
    for step in target[2:].split("/"):
        document = document[step.replace("~1", "/").replace("~0", "~")]
    return document
