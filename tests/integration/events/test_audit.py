"""Who did what to an application is told from the topics alone, with what can't be believed."""

import uuid
from typing import Any

import pytest

from grantstream.contracts.events.registration import Actor, AppDeleted, AppDisabled, AppEnabled, AppRegistered
from grantstream.events.replay.audit import audit
from grantstream.events.replay.audit_trail import AuditTrail, Standing
from grantstream.testing import Mint
from tests.integration.events.rebuilding import append_all, proven
from tests.integration.events.support import NOW, Topics, app_state, event_of

ADA = Actor(kind="user", id="ada")


@pytest.fixture
def app_id() -> str:
    """The application that is asked about."""
    return str(uuid.uuid4())


async def trail_of(topics: Topics, mint: Mint, app_id: str) -> AuditTrail:
    async def all_keys_are_known(_: float) -> None:
        pass

    return await audit(
        app_id, bootstrap_servers=topics.bootstrap_servers, guard=mint.guard(), catch_up_keys=all_keys_are_known
    )


def enablement(app_id: str, version: int, kind: Any) -> Any:
    return kind(
        app_id=app_id, company_id="company", enabled=kind is AppEnabled, version=version, updated_at=NOW, actor=ADA
    )


async def test_each_change_is_listed_with_its_producer_and_actor(topics: Topics, mint: Mint, app_id: str) -> None:
    for state in (
        app_state(app_id, 1, AppRegistered, name="first", actor=ADA),
        enablement(app_id, 1, AppEnabled),
        app_state(app_id, 2, name="second", actor=Actor(kind="client", id=app_id)),
        enablement(app_id, 2, AppDisabled),
        app_state(app_id, 4, AppDeleted, name="second", deleted=True),
    ):
        await append_all(topics.bootstrap_servers, mint, [state, app_state()])
    trail = await trail_of(topics, mint, app_id)
    assert [(line.event_type, line.version, line.actor and line.actor.id, line.missing) for line in trail.lines] == [
        ("app.registered", 1, "ada", None),
        ("app.enabled", 1, "ada", None),
        ("app.modified", 2, app_id, None),
        ("app.disabled", 2, "ada", None),
        ("app.deleted", 4, None, (3, 3)),
    ]
    assert [line.summary.partition(" (")[0] for line in trail.lines[2:]] == [
        "name: 'first' -> 'second'", "enabled: True -> False", "deleted: False -> True",
    ]  # fmt: skip
    assert {line.producer for line in trail.lines} == {"producer"}
    assert trail.is_sound


async def test_forged_stolen_and_wiped_records_are_failed_lines(topics: Topics, mint: Mint, app_id: str) -> None:
    true, moved = app_state(app_id, 1, AppRegistered), app_state(app_id, 2)
    await append_all(topics.bootstrap_servers, mint, [true])
    await topics.send(event_of(app_state(app_id, 3)), None)
    await topics.send(event_of(app_state(app_id, 4)), Mint("stranger").token())
    [record] = proven(mint, [moved])
    await topics.send(event_of(moved), None, headers=list(record.headers), value=record.value + b" ")
    for wiped in (moved, enablement(app_id, 1, AppEnabled)):
        await topics.send(event_of(wiped), None, headers=[], value=None)
    other = event_of(app_state())
    await topics.send(other, mint.token(), headers=[("ce_subject", f"app/{app_id}".encode()), ("ce_type", b"\x1b[2J")])
    trail = await trail_of(topics, mint, app_id)
    assert [line.refused for line in trail.lines] == [
        None, "event_token_missing", "kid_unknown", "event_proof_content_mismatch",
        "event_tombstone", "event_tombstone",
        "event_envelope_malformed",
    ]  # fmt: skip
    assert [line.standing for line in trail.lines] == [Standing.FIRST, *[Standing.REFUSED] * 6]
    assert trail.lines[-1].event_type == "?[2J"
    assert all(line.producer is None and line.version is None for line in trail.failed)
    assert not trail.is_sound


async def test_of_an_application_that_never_was_nothing_is_told(topics: Topics, mint: Mint, app_id: str) -> None:
    trail = await trail_of(topics, mint, app_id)
    assert (list(trail.lines), trail.is_sound) == ([], True)
