"""The doctor says in a sentence what is wrong, on a platform of its own that is broken in one way after the other."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.local.running_platform import Platform
from deploy.local.servers import embedded_kafka, embedded_postgres
from deploy.local.services import ROLES, SERVICES
from deploy.local.settings import LocalSettings
from grantstream.kafka.topic_settings import wanted_topics
from tests.e2e.calls import get, send_json
from tests.e2e.command_line import CommandLine
from tests.e2e.stage import Stage, own_call
from tests.e2e.waiting import until

Finding = dict[str, str]
RUNNING = {"kafka", "postgres", *(f"{service}-{role}" for service in SERVICES for role in ROLES)}


@pytest.fixture(scope="module")
def patient(server_folder: Path) -> Iterator[Platform]:
    """A platform that nobody minds to see broken."""
    settings = LocalSettings.on_free_ports(
        server_folder / "patient", postgres_durable=False, http_workers=1, kafka_heap="256M"
    )
    with Platform(settings, die_with_parent=True) as platform:
        yield platform
    platform.remove_state()


@pytest.fixture
def grantstream(patient: Platform) -> CommandLine:
    return CommandLine(patient.settings.state_dir / "platform.json")


@pytest.fixture(autouse=True)
def well_before_and_after(patient: Platform, grantstream: CommandLine) -> Iterator[None]:
    """Each test finds the platform whole, and must leave it so."""
    until(lambda: not _wrongs(grantstream), "the doctor finds nothing wrong", seconds=60)
    yield
    if not {record.name for record in patient.supervisor.records()} >= RUNNING:
        patient.start()


def _wrongs(grantstream: CommandLine) -> list[Finding]:
    return [finding for finding in grantstream("doctor", "--json").lines() if finding["weight"] == "wrong"]


def _sentences(grantstream: CommandLine, about: str) -> list[str]:
    ran = grantstream("doctor", "--json")
    assert ran.status == 1
    return [line["sentence"] for line in ran.lines() if line["about"] == about and line["weight"] != "well"]


def _warnings(grantstream: CommandLine, about: str) -> list[str]:
    found = grantstream("doctor", "--json").lines()
    return [line["sentence"] for line in found if line["about"] == about and line["weight"] == "warning"]


@contextmanager
def _stopped(patient: Platform, name: str) -> Iterator[None]:
    patient.supervisor.stop(name)
    yield


def test_the_doctor_lists_its_checks_on_a_healthy_platform(grantstream: CommandLine) -> None:
    ran = grantstream("doctor")
    assert ran.status == 0
    assert "Kafka: 1 broker, and all topics are as the register has them." in ran.told
    assert "6 roles answer and are ready" in ran.told
    assert "Processes that speak on the fence: receipts 2, registration 2, token 2." in ran.told


def test_a_stopped_worker_is_reported_with_waiting_events(patient: Platform, grantstream: CommandLine) -> None:
    stage = Stage(patient.description, workers=1)
    admin = stage.open_company()
    stage.register(admin, "receipts.read")
    with _stopped(patient, "registration-worker"):
        body = {"name": "Waiting", "scopes": ["receipts.read"], "allowedGrants": ["client_credentials"]}
        stage.ask(send_json("POST", "/app-mgmt/v4/apps", admin.admin_token, body)).expect(202)
        [told] = _sentences(grantstream, "services")
        assert told.startswith("registration (worker) does not answer at http://")
        [waiting] = until(lambda: _sentences(grantstream, "PostgreSQL"), "events are seen to wait", seconds=30)
        assert "4 events wait in the outbox of registration, the oldest for " in waiting
    stage.base.close()


def test_a_token_service_that_is_down_is_told_by_its_name(patient: Platform, grantstream: CommandLine) -> None:
    with _stopped(patient, "token-http"):
        [told] = _sentences(grantstream, "issuer")
        assert told.startswith("The token service gives no keys at http://")


def test_a_database_that_is_down_is_told_for_each_service(patient: Platform, grantstream: CommandLine) -> None:
    embedded_postgres(patient.settings, patient.supervisor).stop()
    told = _sentences(grantstream, "PostgreSQL")
    assert sorted(sentence.split()[3] for sentence in told) == ["receipts", "registration", "token"]
    assert any("database" in sentence for sentence in _sentences(grantstream, "services"))


def test_a_broker_that_is_down_is_told_first(patient: Platform, grantstream: CommandLine) -> None:
    embedded_kafka(patient.settings, patient.supervisor).stop()
    [told] = _sentences(grantstream, "Kafka")
    assert told.startswith(f"No broker answers at 127.0.0.1:{patient.settings.kafka_port}")


def test_a_topic_with_the_producers_own_times_is_told(patient: Platform, grantstream: CommandLine) -> None:
    asyncio.run(_set(patient, "user.modified", {"message.timestamp.type": "CreateTime"}))
    [told] = _sentences(grantstream, "Kafka")
    asyncio.run(_set(patient, "user.modified", {}))
    assert told == (
        "Topic user.modified is not as the register has it: message.timestamp.type is CreateTime, and the register has "
        "LogAppendTime, so nothing on it is believed."
    )


def test_a_missing_topic_is_told_with_what_mends_it(patient: Platform, grantstream: CommandLine) -> None:
    asyncio.run(_delete(patient, "usage.counted"))
    [told] = _sentences(grantstream, "Kafka")
    assert told == "usage.counted do not exist: run `grantstream topics apply`."
    assert grantstream("topics", "apply").status == 0
    assert grantstream("topics", "check").status == 0


def test_a_possible_loss_blocks_tokens_until_it_is_accepted(patient: Platform, grantstream: CommandLine) -> None:
    stage = Stage(patient.description, workers=1)
    app = stage.register(stage.open_company(), "receipts.read")
    asyncio.run(_delete(patient, "app.disabled"))
    until(lambda: grantstream("topics", "check").status == 1, "the topic is gone")
    assert grantstream("topics", "apply").status == 0
    told = until(lambda: _sentences(grantstream, "PostgreSQL"), "the loss is told", seconds=60)[0]
    assert told.startswith("token may have lost changes of app.disabled/0 and 5 more partitions since ")
    assert "`python -m services.token projections`" in told

    until(lambda: stage.ask(own_call(app)).status == 503, "no token is given", seconds=30)
    with closing(stage.connect("token")) as connection:
        ready = connection.ask(get("/health/ready")).expect(200)
    assert ready["checks"]["projections"]["detail"].startswith("the group token may have lost changes since ")

    listed = _projections(patient)
    assert [(line["topic"], line["partition"]) for line in listed] == [("app.disabled", n) for n in range(6)]
    assert _projections(patient, "accept", "--because", "no application was disabled since") == listed
    assert _projections(patient) == []
    until(lambda: stage.ask(own_call(app)).status == 200, "tokens are given again", seconds=30)
    stage.base.close()


def test_a_stranger_on_the_fence_is_told(patient: Platform, grantstream: CommandLine) -> None:
    asyncio.run(_forge(patient, "fence"))
    found = _warnings(grantstream, "fence")
    assert found == ["Somebody writes to the fence what nobody believes (event_token_missing 1 times)."]


def test_a_dead_letter_is_reported_shown_and_redriven(patient: Platform, grantstream: CommandLine) -> None:
    asyncio.run(_forge(patient, "app.modified"))
    [told] = until(lambda: _warnings(grantstream, "dead letters"), "the dead letter is told", seconds=30)
    assert told.startswith("1 event of app.modified could not be taken by token (event_token_missing)")
    [letter] = grantstream("dead", "list", "--group", "token", "--json").lines()
    assert (letter["reason"], letter["status"]) == ("event_token_missing", "dead")
    shown = grantstream("dead", "show", letter["place"])
    assert '"reason": "event_token_missing"' in shown.told
    assert '"key": "forged"' in shown.told
    assert letter["place"] in grantstream("dead", "copies", "--topic", "app.modified").told
    again = grantstream("dead", "redrive", letter["place"])
    assert (again.status, again.told) == (1, f"{letter['place']}  refused again\n")
    ended = grantstream("dead", "dismiss", letter["place"], "--because", "it was forged")
    assert (ended.status, ended.told) == (0, f"{letter['place']}  dismissed\n")
    assert grantstream("dead", "list", "--group", "token", "--json").lines() == []
    [line] = grantstream("dead", "list", "--group", "token", "--json", "--all").lines()
    assert (line["status"], line["dismissed_because"]) == ("dismissed", "it was forged")
    assert _warnings(grantstream, "dead letters") == []


def test_tail_shows_why_a_forged_record_is_refused(patient: Platform, grantstream: CommandLine) -> None:
    asyncio.run(_forge(patient, "usage.counted"))
    ran = grantstream("events", "tail", "--topic", "usage.counted", "--refused")
    assert "REFUSED event_token_missing" in ran.told


def _projections(patient: Platform, *arguments: str) -> list[Any]:
    """The token service's own command."""
    service = patient.services["token"]
    done = subprocess.run(
        service.command("projections", *arguments),
        env=os.environ | dict(service.env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def _forge(patient: Platform, topic: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=patient.description["kafka"]) as producer:
        await producer.send_and_wait(topic, b"{}", key=b"forged")


async def _set(patient: Platform, topic: str, changes: Mapping[str, str]) -> None:
    """Gives a topic the register's settings, but for `changes`: Kafka resets what this call does not name."""
    [wanted] = [each.config for each in wanted_topics(1) if each.name == topic]
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, {**wanted, **changes})
    await _administer(patient, "alter_configs", [resource])


async def _delete(patient: Platform, topic: str) -> None:
    await _administer(patient, "delete_topics", [topic])


async def _administer(patient: Platform, what: str, *arguments: Any) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=patient.description["kafka"])
    await admin.start()
    try:
        await getattr(admin, what)(*arguments)
    finally:
        await admin.close()
