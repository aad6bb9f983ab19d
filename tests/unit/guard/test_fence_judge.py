"""Which records of the fence are believed, and what happens to those of which that can't be told yet."""

import time
from dataclasses import replace
from typing import cast

import pytest

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.topics import FENCE
from grantstream.contracts.void import VoidBelow
from grantstream.fence import RawRecord
from grantstream.fence.known_log import FenceLost
from grantstream.guard import KeySet
from grantstream.guard.fence_judge import FenceJudge
from grantstream.guard.key_follower import KeyFollower
from grantstream.proof.jws import jwk_thumbprint
from grantstream.testing import Mint, signed_record
from grantstream.testing.mint import producer_claims

CHANGE = PermissionChanged(subject="user/kim", version=2)


class Follower:
    """Follows the keys, as far as it can."""

    def __init__(self, keys: KeySet, mint: Mint) -> None:
        self._keys, self._mint = keys, mint
        self.can_follow = False
        self.asked = 0

    async def catch_up(self, _limit: float) -> None:
        self.asked += 1
        if not self.can_follow:
            raise TimeoutError
        self._keys.add(self._mint.jwk)


LOG_APPEND_TIME = 1
CREATE_TIME = 0


def _record(mint: Mint, *, change: PermissionChanged = CHANGE, timestamp_type: int = LOG_APPEND_TIME) -> RawRecord:
    claims = producer_claims()
    record = signed_record(mint.token(claims), change)
    appended_at = claims.issued_at * 1000
    return RawRecord(FENCE.name, 7, appended_at, timestamp_type, record.key, tuple(record.headers), record.value)


async def test_a_record_of_an_unknown_key_waits_for_fresh_keys() -> None:
    known, newer = Mint(), Mint()
    keys = known.keys()
    judge, follower = FenceJudge(), Follower(keys, newer)
    judge.guard, judge.follower = known.guard(keys=keys), cast(KeyFollower, follower)
    with pytest.raises(TimeoutError):
        await judge.judge(_record(newer))
    follower.can_follow = True
    assert await judge.judge(_record(newer)) == CHANGE
    assert await judge.judge(_record(Mint())) is None


async def test_a_key_record_waits_until_published_keys_are_known() -> None:
    known, newer = Mint(), Mint()
    keys = known.keys()
    judge, follower = FenceJudge(), Follower(keys, newer)
    judge.guard, judge.follower = known.guard(keys=keys), cast(KeyFollower, follower)
    about_key = _record(known, change=PermissionChanged(subject=f"key/{newer.kid}", version=1))
    with pytest.raises(TimeoutError):
        await judge.judge(about_key)
    follower.can_follow = True
    assert await judge.judge(about_key) is not None
    assert keys.find(newer.kid) is not None


async def test_an_announced_key_lost_by_its_topic_blocks_reading() -> None:
    known, lost = Mint(), Mint()
    keys = known.keys()
    judge, follower = FenceJudge(), Follower(keys, Mint())
    judge.guard, judge.follower = known.guard(keys=keys), cast(KeyFollower, follower)
    follower.can_follow = True
    announced = _record(known, change=PermissionChanged(subject=f"key/{lost.kid}", version=1))
    with pytest.raises(TimeoutError, match=lost.kid):
        await judge.judge(announced)
    keys.add(lost.jwk)
    assert await judge.judge(announced) is not None


async def test_a_process_that_never_learns_an_announced_key_ends() -> None:
    """It has to begin again with newer keys."""
    known, lost = Mint(), Mint()
    seconds = 0.0
    judge, follower = FenceJudge(clock=lambda: seconds), Follower(known.keys(), Mint())
    judge.guard, judge.follower = known.guard(), cast(KeyFollower, follower)
    announced = _record(known, change=PermissionChanged(subject=f"key/{lost.kid}", version=1))
    with pytest.raises(TimeoutError):
        await judge.judge(announced)
    seconds = 100.0  # as long as the topic can't be read, the key may stand there
    follower.can_follow = True
    with pytest.raises(TimeoutError, match=lost.kid):
        await judge.judge(announced)
    seconds += 9.0
    with pytest.raises(TimeoutError, match=lost.kid):
        await judge.judge(announced)
    seconds += 2.0
    with pytest.raises(FenceLost, match=lost.kid):
        await judge.judge(announced)


async def test_each_announcement_is_waited_for_anew() -> None:
    known, late, lost = Mint(), Mint(), Mint()
    seconds, keys = 0.0, known.keys()
    judge, follower = FenceJudge(clock=lambda: seconds), Follower(keys, Mint())
    judge.guard, judge.follower = known.guard(keys=keys), cast(KeyFollower, follower)
    follower.can_follow = True
    for key in (late, lost):
        with pytest.raises(TimeoutError, match=key.kid):
            await judge.judge(_record(known, change=PermissionChanged(subject=f"key/{key.kid}", version=1)))
        seconds += 100.0


async def test_a_record_of_an_unknown_key_waits_for_issuer_keys() -> None:
    """It may be of a key that the issuer has: `key.published` has lost it, and the key set was pinned to another."""
    known, lost = Mint(), Mint()
    document = {"keys": [known.jwk, lost.jwk]}
    keys = KeySet.from_jwks(document, trusted={jwk_thumbprint(known.jwk)})
    judge, follower = FenceJudge(), Follower(keys, Mint())
    judge.guard, judge.follower = known.guard(keys=keys), cast(KeyFollower, follower)
    follower.can_follow = True
    assert await judge.judge(_record(known)) == CHANGE
    for signer in (lost, Mint()):
        with pytest.raises(TimeoutError, match=lost.kid):
            await judge.judge(_record(signer))
    keys.add(lost.jwk)
    assert await judge.judge(_record(lost)) == CHANGE
    assert await judge.judge(_record(Mint())) is None


@pytest.mark.parametrize(
    "later",
    [
        PermissionChanged(subject="key/gone", version=3),
        PermissionChanged(subject="key/gone", version=1, void_below=VoidBelow(version=1)),
    ],
)
async def test_the_end_of_an_unknown_key_is_accepted(later: PermissionChanged) -> None:
    known = Mint()
    judge, follower = FenceJudge(), Follower(known.keys(), Mint())
    judge.guard, judge.follower = known.guard(), cast(KeyFollower, follower)
    follower.can_follow = True
    assert await judge.judge(_record(known, change=later)) == later


async def test_a_follower_without_a_broker_fails_to_catch_up() -> None:
    mint = Mint()
    with pytest.raises(TimeoutError):
        await KeyFollower("nowhere:9092", mint.guard(), mint.keys()).catch_up(0.01)


async def test_a_record_dated_by_its_producer_is_not_believed() -> None:
    mint = Mint()
    judge = FenceJudge()
    judge.guard = mint.guard()
    assert await judge.judge(_record(mint)) == CHANGE
    assert await judge.judge(_record(mint, timestamp_type=CREATE_TIME)) is None


async def test_invented_keys_read_together_cost_one_key_lookup() -> None:
    known, newer = Mint(), Mint()
    keys = known.keys()
    judge, follower = FenceJudge(clock=time.monotonic), Follower(keys, newer)
    judge.guard, judge.follower = known.guard(keys=keys), cast(KeyFollower, follower)
    follower.can_follow = True
    read_together = time.monotonic()
    for _ in range(50):
        assert await judge.judge(replace(_record(Mint()), read_at=read_together)) is None
    assert follower.asked == 1
    assert await judge.judge(replace(_record(newer), read_at=read_together)) == CHANGE
    assert await judge.judge(replace(_record(Mint()), read_at=time.monotonic())) is None
    assert follower.asked == 2


async def test_a_question_that_was_not_answered_is_asked_again() -> None:
    known, newer = Mint(), Mint()
    keys = known.keys()
    judge, follower = FenceJudge(clock=time.monotonic), Follower(keys, newer)
    judge.guard, judge.follower = known.guard(keys=keys), cast(KeyFollower, follower)
    record = replace(_record(newer), read_at=time.monotonic())
    with pytest.raises(TimeoutError):
        await judge.judge(record)
    follower.can_follow = True
    assert await judge.judge(record) == CHANGE
