"""An event that may not be believed is set aside with its reason, or passed over, and changes nothing."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.dead import copies as names
from grantstream.proof import ProofKey
from grantstream.testing import FakeFence, Mint
from grantstream.testing.mint import producer_claims
from tests.integration.events.consuming import consuming, marker, the_dead_letter, until_version
from tests.integration.events.support import (
    Topics,
    app_state,
    envelope_headers,
    event_of,
    registered,
)


async def test_a_contradicting_version_is_dead_lettered(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    state = app_state(version=5)
    async with consuming(topics, pool, mint, group_id):
        await topics.send(event_of(state), mint.token())
        await topics.send(event_of(state.model_copy(update={"name": "forged"})), mint.token())
        await marker(topics, pool, mint, state.app_id)
    letter = await the_dead_letter(topics, group_id)
    assert dict(letter.headers)[names.REASON] == b"event_contradictory"


def _refused(mint: Mint) -> dict[str, Any]:
    now = int(time.time())
    good = mint.token()
    return {
        "event_token_missing": {"token": None},
        "signature_invalid": {"token": good[:-8] + ("AAAAAAAA" if good[-8:] != "AAAAAAAA" else "BBBBBBBB")},
        "expired": {"token": mint.token(issued_at=now - 900, not_before=now - 900, expires_at=now - 60)},
        "not_yet_valid": {"token": mint.token(not_before=now + 600)},
        "aud_wrong": {"token": mint.token(audience="urn:grantstream:api")},
        "scope_missing": {"token": mint.token(scopes=frozenset({"user.event.writeonly"}))},
        "event_outside_key_space": {"token": mint.token(key_space=("app/other",))},
        "kid_unknown": {"token": Mint("stranger").token()},
        "token_unbound": {"token": mint.token(confirmation_thumbprint=None)},
        "event_proof_other_key": {"token": mint.token(confirmation_thumbprint=ProofKey.generate().thumbprint)},
        "event_key_mismatch": {"token": good, "key": b"somebody else's"},
        "event_envelope_malformed": {"token": good, "without": "ce_id"},
        "event_data_malformed": {"token": good, "value": b'{"version": 0}'},
        "event_of_other_topic": {"token": good, "topic": "app.reviewed"},
    }


@pytest.mark.parametrize("reason", sorted(_refused(Mint())))
async def test_a_dead_letter_has_the_reason_and_not_the_token(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, reason: str
) -> None:
    group_id = await topics.group_at_end()
    case = _refused(mint)[reason]
    token, left_out = case.pop("token"), case.pop("without", None)
    event = event_of(app_state())
    headers = [header for header in envelope_headers(event) if header[0] != left_out]
    if token:
        headers.append(("Authorization", b"Bearer " + token.encode()))
    async with consuming(topics, pool, mint, group_id):
        place = await topics.send(event, token, headers=headers, **case)
        letter = await the_dead_letter(topics, group_id, place.topic)
    told = dict(letter.headers)
    assert told[names.REASON] == reason.encode()
    assert told[names.TOPIC] == place.topic.encode()
    assert told[names.PARTITION] == str(place.partition).encode()
    assert told[names.OFFSET] == str(place.offset).encode()
    assert told[names.APPENDED_AT] == str(place.timestamp).encode()
    assert not token or token.encode() not in b"".join([*told.values(), *map(str.encode, told)])
    assert not {name.lower() for name in told} & {"authorization", "event-proof", "event-proof-path"}
    assert await pool.fetchval("select count(*) from app") == 0


@pytest.mark.parametrize(
    "header",
    [("ce_id", None), ("ce_id", b"\xff"), ("other", None), ("other", b"\xff\xfe"), ("authorization", None),
     ("authorization", b"\xff"), ("reply_to", b"app.deleted")],
    ids=str,
)  # fmt: skip
async def test_a_header_that_cannot_be_read_loses_no_message(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, header: tuple[str, Any]
) -> None:
    group_id = await topics.group_at_end()
    event = event_of(app_state())
    headers = [h for h in envelope_headers(event) if h[0] != header[0]]
    app_id = event.key
    async with consuming(topics, pool, mint, group_id):
        token = None if header[0] == "authorization" else mint.token()
        await topics.send(event, token, headers=[*headers, header])
        await marker(topics, pool, mint, app_id)
    letters = await topics.dead_letters("app.modified", group_id)
    assert len(letters) == (0 if header[0] in ("other", "reply_to") else 1)


async def test_a_tombstone_and_an_unknown_type_are_skipped(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    skipped: list[tuple[str, str]] = []
    event = event_of(app_state())
    newer = replace(event, type="app.renamed", dataschema="urn:grantstream:event:app.renamed:1")
    observer = ConsumerObserver(skipped=lambda topic, why: skipped.append((topic, why)))
    async with consuming(topics, pool, mint, group_id, observer=observer):
        await topics.send(event, None, value=None, headers=[])
        await topics.send(newer, mint.token())
        await marker(topics, pool, mint, event.key)
    assert skipped == [("app.modified", "event_tombstone"), ("app.modified", "event_type_unknown")]
    assert await topics.dead_letters("app.modified", group_id) == []


async def test_an_event_whose_key_arrives_later_is_applied(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    newcomer, keys = Mint("newcomer"), mint.keys()
    state = registered()
    waiting = ConsumerSettings(key_limit=10)
    async with consuming(topics, pool, mint, group_id, guard=mint.guard(keys=keys), settings=waiting):
        await topics.send(event_of(state), newcomer.token())
        await asyncio.sleep(0.5)  # not waiting for anything: the key has to come late
        keys.add(newcomer.jwk)
        await until_version(pool, state.app_id, 1)


async def test_an_event_of_a_voided_producer_is_refused(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    from grantstream.contracts.events.fence import PermissionChanged

    group_id = await topics.group_at_end()
    fence = FakeFence()
    fence.rules.apply(
        PermissionChanged(subject="app/producer", version=2, void_below={"version": 2}),
        offset=0, appended_at=time.time(),
    )  # fmt: skip
    async with consuming(topics, pool, mint, group_id, guard=mint.guard(fence=fence)):
        await topics.send(event_of(app_state()), mint.token(producer_claims(app_version=1)))
        letter = await the_dead_letter(topics, group_id)
    assert dict(letter.headers)[names.REASON] == b"token_void"
