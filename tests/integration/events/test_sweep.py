"""A sweep makes the owner's row the last record of each key on a topic of states, whatever was appended there."""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import asyncpg
import pytest

from grantstream.contracts.events.registration import AppDeleted, AppModified, AppRegistered, SecretRotated
from grantstream.contracts.topics import APP_DELETED, APP_MODIFIED, APP_REGISTERED, SECRET_ROTATED
from grantstream.events.producing.outbox import append_all
from grantstream.events.relaying.sweep import OwnerSweep, SweepIncomplete, SweepReport
from grantstream.events.relaying.sweep_notes import Outcome, SweepNotes
from grantstream.testing import Mint, eventually, signed_record
from tests.integration.events.owner import Owner, owning, running
from tests.integration.events.relaying import until_relayed
from tests.integration.events.support import Topics, app_state, event_of

soon = partial(eventually, within=60)


@pytest.fixture
async def owner(pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint) -> AsyncIterator[Owner]:
    async with owning(pool, dsn, topics, mint) as owner:
        yield owner


async def app_of(owner: Owner, version: int = 1) -> str:
    """An application whose states up to a version are published."""
    app_id = str(app_state().app_id)
    await owner.set(app_id, version)
    await owner.publish(*(app_state(app_id, each) for each in range(1, version + 1)))
    return app_id


def tombstone_of(record: Any) -> Any:
    return type(record)(record.topic, record.key, None, ())


async def test_a_late_old_state_is_followed_by_the_row(owner: Owner) -> None:
    app_id = await app_of(owner, 3)
    await owner.append(owner.record(app_state(app_id, 2)))
    report = await owner.sweep()
    assert await owner.versions(app_id) == [1, 2, 3, 2, 3]
    assert report.outcomes[Outcome.REPUBLISHED] == owner.outcomes.count("republished") == 1


async def test_a_forged_record_is_followed_by_the_row(owner: Owner) -> None:
    app_id = await app_of(owner)
    await owner.append(signed_record(Mint().token(), app_state(app_id, 9)))
    await owner.sweep()
    assert await owner.versions(app_id) == [1, 9, 1]


async def test_a_tombstone_is_followed_by_the_row(owner: Owner) -> None:
    app_id = await app_of(owner)
    await owner.append(tombstone_of(owner.record(app_state(app_id, 1))))
    await owner.sweep()
    assert await owner.versions(app_id) == [1, None, 1]


async def test_a_conflicting_version_is_followed_by_the_row(owner: Owner) -> None:
    app_id = await app_of(owner, 2)
    await owner.append(owner.record(app_state(app_id, 2, name="another")))
    await owner.sweep()
    [*_, last] = await owner.topics.records(APP_MODIFIED.name, lambda record: record.key == app_id.encode())
    assert AppModified.model_validate_json(last.value).name == "name 2"


async def test_nothing_is_appended_when_all_is_well(owner: Owner) -> None:
    app_id, gone = app_state().app_id, app_state().app_id
    await owner.set(app_id, 4)
    await owner.set(gone, 2, deleted=True)
    await owner.publish(
        app_state(app_id, 1, AppRegistered),
        app_state(app_id, 3, SecretRotated),
        app_state(app_id, 2),
        app_state(app_id, 2),
        app_state(app_id, 4),
        app_state(gone, 1, AppRegistered),
        app_state(gone, 2, AppDeleted, deleted=True),
    )
    report = await owner.sweep()
    assert report.outcomes[Outcome.RIGHT] == 2
    assert report.outcomes[Outcome.REPUBLISHED] == 0
    assert await owner.versions(app_id) == [2, 2, 4]
    assert await owner.versions(gone, APP_DELETED.name) == [2]


async def test_a_repair_is_found_right_by_the_next_sweep(owner: Owner) -> None:
    app_id = await app_of(owner)
    await owner.append(tombstone_of(owner.record(app_state(app_id, 1))))
    await owner.sweep()
    again = await owner.sweep()
    assert (again.records, again.keys, again.outcomes) == (1, 1, {Outcome.RIGHT: 1})
    assert (await owner.sweep()).records == 0


async def test_a_change_published_meanwhile_is_read_too(owner: Owner) -> None:
    """The row is newer than what is read of it at first."""
    app_id = await app_of(owner)
    sweeper = owner.sweeper()
    judge_all = sweeper._judge.judge_all

    async def changing(records: Any) -> Any:
        sweeper._judge.judge_all = judge_all  # type: ignore[method-assign]
        await owner.set(app_id, 2)
        await owner.publish(app_state(app_id, 2))
        return await judge_all(records)

    sweeper._judge.judge_all = changing  # type: ignore[method-assign]
    report = await sweeper.sweep(owner.owned)
    assert report.outcomes[Outcome.REPUBLISHED] == 0
    assert await owner.versions(app_id) == [1, 2]


async def test_a_state_its_topic_cannot_express_goes_elsewhere(owner: Owner) -> None:
    """Nobody says on `app.deleted` that an application is there."""
    app_id = await app_of(owner)
    await owner.sweep()
    await owner.append(signed_record(Mint().token(), app_state(app_id, 2, AppDeleted, deleted=True)))
    await owner.sweep()
    assert await owner.versions(app_id, APP_DELETED.name) == [2]
    assert await owner.versions(app_id, APP_REGISTERED.name) == [1]


async def test_a_right_record_on_another_topic_suffices(owner: Owner) -> None:
    app_id = await app_of(owner)
    await owner.append(signed_record(Mint().token(), app_state(app_id, 2, SecretRotated)))
    await owner.sweep()
    assert await owner.versions(app_id, SECRET_ROTATED.name) == [2]
    assert await owner.versions(app_id) == [1]


async def test_a_strangers_key_is_counted_and_left_alone(owner: Owner) -> None:
    await owner.sweep()
    owner.outcomes.clear()
    invented = app_state()
    await owner.append(signed_record(Mint().token(), invented))
    await owner.append(type(owner.record(invented))(APP_MODIFIED.name, b"no\x00text \xff", b"{}", ()))
    report = await owner.sweep()
    assert (report.records, report.keys, owner.outcomes) == (2, 1, ["unknown"])
    assert await owner.versions(invented.app_id) == [1]


async def test_a_newer_record_than_the_row_is_reported(owner: Owner, caplog: pytest.LogCaptureFixture) -> None:
    app_id = await app_of(owner)
    await owner.append(owner.record(app_state(app_id, 2)), signed_record(Mint().token(), app_state(app_id, 3)))
    report = await owner.sweep()
    assert (report.ahead, owner.outcomes.count("ahead")) == ([app_id], 1)
    assert [record.levelname for record in caplog.records if app_id in record.message] == ["ERROR"]
    assert await owner.versions(app_id) == [1, 2, 3]


async def test_what_waits_in_the_outbox_is_not_overtaken(pool: asyncpg.Pool, topics: Topics, mint: Mint) -> None:
    owner = Owner(pool, topics, mint)
    await owner.make_table()
    waiting, other = app_state().app_id, app_state().app_id
    for app_id in (waiting, other):
        await owner.set(app_id, 2)
        await owner.append(owner.record(app_state(app_id, 2)), owner.record(app_state(app_id, 1)))
    # On another topic of the same aggregate: as good.
    await append_all(pool, [event_of(app_state(waiting, 2, SecretRotated))])
    report = await owner.sweeper().sweep(owner.owned)
    assert (report.outcomes[Outcome.WAITING], report.outcomes[Outcome.REPUBLISHED]) == (1, 1)
    assert [row["key"] for row in await pool.fetch("select key from outbox order by id")] == [waiting, other]


async def test_one_row_that_cannot_be_read_stops_nobody(owner: Owner) -> None:
    broken, app_id = await app_of(owner, 2), await app_of(owner, 2)
    await owner.append(*(owner.record(app_state(each, 1)) for each in (broken, app_id)))
    find = owner.owned.find

    async def failing(connection: Any, key: str) -> Any:
        if key == broken:
            raise ValueError(key)
        return await find(connection, key)

    whole, owner.owned = owner.owned, replace(owner.owned, find=failing)
    with pytest.raises(SweepIncomplete):
        await owner.sweep()
    assert owner.outcomes.count("failed") == 1
    await until_relayed(owner.pool)
    assert await owner.versions(broken) == [1, 2, 1]
    assert await owner.versions(app_id) == [1, 2, 1, 2]
    owner.owned = whole
    await owner.sweep()
    assert await owner.versions(broken) == [1, 2, 1, 2], "the sweep was repeated"


async def test_a_record_whose_key_is_on_its_way_is_right(owner: Owner) -> None:
    app_id, other_mint = await app_of(owner), Mint()
    owner.keys_on_their_way = [other_mint.jwk]
    await owner.set(app_id, 2)
    await owner.append(signed_record(other_mint.token(), app_state(app_id, 2)))
    await owner.sweep()
    assert await owner.versions(app_id) == [1, 2]


class Measured(OwnerSweep):
    """Measures how many keys it holds after each part that it has read."""

    most_held = 0

    async def _note(self, records: Sequence[Any], notes: SweepNotes, report: SweepReport) -> None:
        await super()._note(records, notes, report)
        self.most_held = max(self.most_held, len(notes))


async def test_few_keys_are_held_and_all_are_repaired(owner: Owner) -> None:
    await owner.sweep()
    apps = [await app_of(owner) for _ in range(8)]
    await owner.append(*(signed_record(Mint().token(), app_state()) for _ in range(40)))
    await owner.append(*(tombstone_of(owner.record(app_state(each, 1))) for each in apps[:3]))
    sweeper = owner.sweeper(Measured, most_keys=5, records_at_a_time=2)
    report = await sweeper.sweep(owner.owned)
    assert isinstance(sweeper, Measured)
    # The three wrong ones can't be dropped before the end.
    assert 5 < sweeper.most_held <= 2 * 3 + 2
    assert (report.records, report.outcomes[Outcome.UNKNOWN], report.outcomes[Outcome.REPUBLISHED]) == (51, 40, 3)
    await until_relayed(owner.pool)
    assert [await owner.versions(app_id) for app_id in apps] == 3 * [[1, None, 1]] + 5 * [[1]]


async def test_only_the_active_process_sweeps(owner: Owner) -> None:
    app_id, active, asked = await app_of(owner, 2), False, 0

    def is_active() -> bool:
        nonlocal asked
        asked += 1
        return active

    await owner.append(owner.record(app_state(app_id, 1)))
    async with running(owner.sweeper(is_active=is_active)):
        await soon(lambda: asked > 2)
        assert await owner.pool.fetchval("select count(*) from owner_sweep") == 0
        active = True
        await soon(lambda: has_versions(owner, app_id, 1, 2, 1, 2))


async def test_a_sweep_is_due_once_in_its_interval(owner: Owner) -> None:
    app_id, asked = await app_of(owner, 2), 0

    def is_active() -> bool:
        nonlocal asked
        asked += 1
        return True

    await owner.sweep()
    await owner.append(owner.record(app_state(app_id, 1)))
    async with running(owner.sweeper(is_active=is_active, every=3600, look_every=0.02)):
        # Once at each look; if it swept, some more times: enough for a whole sweep.
        await soon(lambda: asked > 30)
        assert await owner.versions(app_id) == [1, 2, 1]
        await owner.pool.execute("update owner_sweep set swept_at = swept_at - interval '1 hour'")
        await soon(lambda: has_versions(owner, app_id, 1, 2, 1, 2))


async def test_a_place_beyond_the_end_means_the_beginning(owner: Owner) -> None:
    app_id = await app_of(owner, 2)
    await owner.append(owner.record(app_state(app_id, 1)))
    await owner.sweep()
    await owner.pool.execute("update owner_sweep set next_offset = next_offset + 1000")
    await owner.append(owner.record(app_state(app_id, 1)))
    await owner.sweep()
    assert await owner.versions(app_id) == [1, 2, 1, 2, 1, 2]


async def test_a_sweep_that_broke_off_is_repeated(owner: Owner, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    app_id = await app_of(owner, 2)
    await owner.append(owner.record(app_state(app_id, 1)))
    find, failures = owner.owned.find, [ConnectionResetError("hidden")]

    async def failing(connection: Any, key: str) -> Any:
        if failures and key == app_id:
            raise failures.pop()
        return await find(connection, key)

    async with running(owner.sweeper(owned=replace(owner.owned, find=failing), every=3600)):
        await soon(lambda: "swept apps: " in caplog.text)
    assert caplog.text.count("the sweep of apps failed, and is tried again: ConnectionResetError") == 1
    assert "hidden" not in caplog.text
    await soon(lambda: has_versions(owner, app_id, 1, 2, 1, 2))


async def has_versions(owner: Owner, app_id: str, *versions: int) -> bool:
    return await owner.versions(app_id) == list(versions)
