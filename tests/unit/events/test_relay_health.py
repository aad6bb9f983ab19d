"""The health of a relay, and its blocked aggregates."""

from collections.abc import Iterator

import pytest

from grantstream.events.relaying import relay_health
from grantstream.events.relaying.blocked_aggregates import BlockedAggregates
from grantstream.events.relaying.relay_health import RelayHealth
from grantstream.events.relaying.relay_settings import RelayObserver, RelaySettings
from grantstream.kafka.retry_pause import RetryPause

SETTINGS = RelaySettings(unhealthy_after=15, backlog_limit=100, backlog_age_limit=30)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(relay_health, "time", clock)
    return clock  # type: ignore[return-value]


@pytest.fixture
def health(clock: Clock) -> RelayHealth:
    health = RelayHealth(SETTINGS, RelayObserver())
    health.succeeded()
    return health


def none_blocked() -> BlockedAggregates:
    return BlockedAggregates(pause=2, at_most=10)


def test_a_connected_relay_without_trouble_is_healthy(health: RelayHealth) -> None:
    assert health.status("active", none_blocked()).is_healthy
    assert health.status("spare", none_blocked()).is_healthy
    assert not health.status("disconnected", none_blocked()).is_healthy


def test_a_failure_counts_once_it_lasts_until_it_ends(health: RelayHealth, clock: Clock) -> None:
    health.failed("broker", None)
    clock.now += 15
    health.failed("token", None)
    assert health.status("active", none_blocked()).is_healthy
    clock.now += 0.1
    status = health.status("active", none_blocked())
    assert (status.is_healthy, status.detail) == (False, "active, failing: token")
    health.succeeded()
    assert health.status("active", none_blocked()).is_healthy


@pytest.mark.parametrize(("size", "age", "is_healthy"), [(100, 30, True), (101, 1, False), (1, 30.1, False)])
def test_a_backlog_beyond_its_limits_counts_at_once(
    health: RelayHealth, size: int, age: float, is_healthy: bool
) -> None:
    health.measured(size, age)
    assert health.status("spare", none_blocked()).is_healthy is is_healthy


def test_an_aggregate_that_is_blocked_for_long_counts(health: RelayHealth, clock: Clock) -> None:
    blocked = none_blocked()
    blocked.block("app/a", "topic: TooLarge", clock.now)
    assert health.status("active", blocked).detail == "active, 1 aggregates held back (topic: TooLarge)"
    clock.now += 15.1
    assert not health.status("active", blocked).is_healthy
    blocked.unblock("app/a")
    assert health.status("active", blocked).is_healthy


def test_a_blocked_aggregate_is_skipped_between_tries() -> None:
    blocked = BlockedAggregates(pause=2, at_most=10)
    assert blocked.block("app/a", "why", 100)
    assert blocked.skipped(101.9) == ["app/a"]
    assert blocked.next_try(101.5) == 0.5
    assert blocked.skipped(102) == []
    assert not blocked.block("app/a", "why", 102)
    assert blocked.skipped(103.9) == ["app/a"]
    assert blocked.longest(103.9) == pytest.approx(3.9)


def test_only_the_most_frequent_reasons_are_named() -> None:
    blocked = BlockedAggregates(pause=2, at_most=10)
    for number, why in enumerate("abbccddde"):
        blocked.block(f"app/{number}", why, 100)
    assert blocked.reasons() == ["d", "b", "c"]
    blocked.block("app/5", "b", 102)
    assert blocked.reasons()[0] == "b"


def test_an_aggregate_that_is_not_seen_again_is_forgotten() -> None:
    blocked = BlockedAggregates(pause=2, at_most=10)
    blocked.block("app/a", "why", 100)
    blocked.skipped(106.1)
    assert len(blocked) == 0
    assert blocked.longest(106.1) == 0


def test_blocked_aggregates_have_a_limit() -> None:
    blocked = BlockedAggregates(pause=2, at_most=3)
    # Those past the limit are not added: they come up again in every window.
    assert [blocked.block(f"app/{number}", "why", 100) for number in range(5)] == [True, True, True, False, False]
    assert blocked.is_full
    assert len(blocked.skipped(101)) == 3


def test_pauses_double_up_to_a_limit_at_random_until_reset() -> None:
    pause = RetryPause(first=0.1, longest=1.0)
    pauses = [pause.next() for _ in range(8)]
    for found, full in zip(pauses, (0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0), strict=True):
        assert full / 2 <= found <= full
    assert len({round(found, 6) for found in pauses[4:]}) > 1
    pause.reset()
    assert pause.next() <= 0.1
