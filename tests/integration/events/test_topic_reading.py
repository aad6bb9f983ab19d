"""Topics are read from their starts to where they end when asked, whoever appends what meanwhile."""

import pytest

from grantstream.kafka.errors import TopicsUnreadable
from grantstream.kafka.topic_reading import TopicReading, open_topics
from grantstream.testing import Mint
from tests.integration.events.rebuilding import append_all
from tests.integration.events.support import APP_HANDLERS, Topics, app_state, registered


async def read(reading: TopicReading, keys: set[str]) -> list[tuple[str, str, int]]:
    """What is read of some keys."""
    batches = [batch async for batch in reading.to_the_ends()]
    # Others' keys may be no text.
    named = {key.encode(): key for key in keys}
    return [
        (record.topic, named[record.key], record.offset) for batch in batches for record in batch if record.key in named
    ]


async def test_each_record_of_all_topics_is_read_once(topics: Topics, mint: Mint) -> None:
    first = [registered() for _ in range(300)]
    later = [app_state(state.app_id, 2) for state in first]
    keys = {state.app_id for state in first}
    await append_all(topics.bootstrap_servers, mint, [*first, *later])
    async with open_topics(topics.bootstrap_servers, APP_HANDLERS) as reading:
        found = await read(reading, keys)
        assert await reading.behind() == 0
        assert await read(reading, keys) == []
        await append_all(topics.bootstrap_servers, mint, [app_state(first[0].app_id, 3)])
        assert await reading.behind() == 1
        [again] = await read(reading, keys)
    assert sorted(found) == sorted(set(found))
    assert {(topic, key) for topic, key, _ in found} == {
        (topic, key) for topic in ("app.registered", "app.modified") for key in keys
    }
    assert again[:2] == ("app.modified", first[0].app_id)


async def test_progress_ends_with_all_of_it(topics: Topics, mint: Mint) -> None:
    await append_all(topics.bootstrap_servers, mint, [app_state() for _ in range(10)])
    told: list[tuple[int, int]] = []
    async with open_topics(topics.bootstrap_servers, ["app.modified"]) as reading:
        async for _ in reading.to_the_ends(lambda done, of_all: told.append((done, of_all))):
            pass
        position = reading.position
    assert told == sorted(told)
    assert told[-1] == (position, position)


async def test_a_topic_that_is_not_there_is_named(topics: Topics) -> None:
    with pytest.raises(TopicsUnreadable, match=r"no\.such\.topic"):
        async with open_topics(topics.bootstrap_servers, ["app.modified", "no.such.topic"], patience=10):
            pass


async def test_an_unreachable_broker_raises_an_error() -> None:
    with pytest.raises(TopicsUnreadable):
        async with open_topics("127.0.0.1:1", ["app.modified"], patience=0.5):
            pass
