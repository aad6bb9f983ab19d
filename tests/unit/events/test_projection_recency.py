"""How recent a projection is, where it can't be learned."""

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError

from grantstream.contracts.topics import APP_MODIFIED
from grantstream.events.consuming.projection_recency import ProjectionRecency
from grantstream.kafka.groupless_consumer import GrouplessConsumer


@pytest.mark.parametrize(
    "fault", [KafkaError(), OSError(), TimeoutError(), asyncpg.UndefinedTableError(), RuntimeError("not thought of")]
)
async def test_a_failed_comparison_is_reported_and_asked_again(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> None:
        raise fault

    recency = ProjectionRecency("nowhere:9092", "a group", [APP_MODIFIED], pool=None)
    for _ in range(2):
        monkeypatch.setattr(recency, "_compare", fails)
        await recency.ask()
        assert not recency.is_recent()
        assert recency.why_not().startswith("how recent the projections are can't be learned")


async def test_a_consumer_that_can_not_start_leaves_nothing_open() -> None:
    """Or it would complain when it is collected, which makes this test fail."""
    consumer = GrouplessConsumer(bootstrap_servers="127.0.0.1:9")
    with pytest.raises(KafkaConnectionError):
        async with consumer:
            pass
    assert consumer._closed
