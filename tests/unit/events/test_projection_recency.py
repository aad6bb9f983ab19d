"""How recent a projection is, where it can't be told."""

import pytest
from aiokafka.errors import KafkaError

from grantstream.contracts.topics import APP_MODIFIED
from grantstream.events.consuming.projection_recency import ProjectionRecency


@pytest.mark.parametrize("fault", [KafkaError(), OSError(), TimeoutError(), RuntimeError("nobody thought of that")])
async def test_whatever_goes_wrong_with_a_question_another_one_is_asked(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> set[str]:
        raise fault

    async def nothing_behind() -> set[str]:
        return set()

    recency = ProjectionRecency("nowhere:9092", "a group", [APP_MODIFIED])
    monkeypatch.setattr(recency, "_behind", fails)
    await recency.ask()
    assert not recency.is_recent()
    monkeypatch.setattr(recency, "_behind", nothing_behind)
    await recency.ask()
    assert recency.is_recent()
