"""The deeds that are measured: each on every kind of topic that it matters for, and how it is undone.

`undo` takes the cause away again, as somebody would who noticed; where that can't be done it is what the documentation
tells to do (`by_command`). What can be neither undone nor mended has none: then all must be well by itself.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from grantstream.contracts.topics import APP_DISABLED, FENCE, KEY_PUBLISHED, RECEIPT_POSTED
from grantstream.events.consuming.projection import topics_of
from services.token.projections import PROJECTIONS
from tests.deeds.ground import COUNTER, CommandFailed, Ground
from tests.deeds.topic_operator import Operator

ALL: Final = "(all)"
_COPIES: Final = APP_DISABLED.dead_letters
KINDS: Final = (FENCE.name, KEY_PUBLISHED.name, APP_DISABLED.name, RECEIPT_POSTED.name, _COPIES)
"""One topic of each kind: the fence, the keys, a state, a fact, and copies of dead letters."""
READERS: Final = ("token-worker", COUNTER)
"""The processes of the groups that read the state topic and the fact topic."""
_LASTING: Final = (FENCE.name, KEY_PUBLISHED.name, APP_DISABLED.name, ALL)
_MORE: Final = {FENCE.name: 2, _COPIES: 2}
_TINY: Final = "100"
_REPUBLISH: Final = "republish --all, projections accept"
_READY_WITHIN: Final = 40.0
_COMPACTED_SOON: Final = {"segment.ms": "1000", "max.compaction.lag.ms": "1000", "min.cleanable.dirty.ratio": "0.01"}

Done = Callable[[Ground], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One deed on one topic. `readers_down`: the group that reads the topic is stopped when it happens, and something
    was changed meanwhile that it has not read."""

    name: str
    topic: str
    strike: Done
    undo: Done | None = None
    undone_by: str = ""
    by_command: bool = False
    readers_down: bool = False

    @property
    def label(self) -> str:
        """For people, and for `--only`."""
        return f"{self.topic}: {self.name}"

    @property
    def lasts(self) -> bool:
        """Whether something of it is left on a platform where all is well again."""
        return self.topic in _LASTING and (self.undo is None or self.by_command)

    @property
    def poisons(self) -> bool:
        """Whether dead letters matter to it, so that records are planted which nobody believes."""
        return self.topic == _COPIES


def deeds() -> Iterator[Deed]:
    """All of them."""
    yield from _grown()
    yield from _settings()
    yield from _records_gone()
    yield from _deleted()
    yield from _groups_moved()
    yield Deed(
        name="the broker's data are lost, the databases are not",
        topic=ALL,
        strike=_lose_everything,
        undo=_fill_everything,
        undone_by=f"topics apply, keys rotate, {_REPUBLISH}",
        by_command=True,
    )


def _grown() -> Iterator[Deed]:
    for topic in KINDS:
        partitions = _MORE.get(topic, 8)
        yield Deed(name=f"grown to {partitions} partitions", topic=topic, strike=_grow(topic, partitions))


def _settings() -> Iterator[Deed]:
    for topic in KINDS:
        yield _set(topic, "compression.type", "zstd")
    yield _set(FENCE.name, "compression.type", "gzip")
    yield _set(APP_DISABLED.name, "compression.type", "snappy")
    for topic in (FENCE.name, KEY_PUBLISHED.name, APP_DISABLED.name, RECEIPT_POSTED.name):
        yield _set(topic, "message.timestamp.type", "CreateTime")
    for topic in KINDS:
        yield _set(topic, "max.message.bytes", _TINY)
    for topic in (FENCE.name, KEY_PUBLISHED.name, APP_DISABLED.name, RECEIPT_POSTED.name):
        yield _set(topic, "min.insync.replicas", "2")
    for topic in (FENCE.name, RECEIPT_POSTED.name):
        yield _set(topic, "cleanup.policy", "compact", others=_COMPACTED_SOON)
    yield _set(APP_DISABLED.name, "cleanup.policy", "delete", wait=True, others={"retention.ms": "1"})


def _records_gone() -> Iterator[Deed]:
    for topic in (FENCE.name, RECEIPT_POSTED.name, _COPIES):
        yield _set(topic, "retention.ms", "1", wait=True)
    yield _set(FENCE.name, "retention.bytes", "1", wait=True, others={"segment.bytes": "1048576"})
    for topic in KINDS:
        yield Deed(name="all records deleted", topic=topic, strike=_delete_records(topic))
    for topic in (APP_DISABLED.name, RECEIPT_POSTED.name):
        yield Deed(
            name="all records deleted, unread ones too",
            topic=topic,
            strike=_delete_records(topic),
            readers_down=True,
            **_filled_again(topic),
        )


def _deleted() -> Iterator[Deed]:
    for topic in KINDS:
        is_state = topic == APP_DISABLED.name
        yield Deed(
            name="deleted",
            topic=topic,
            strike=_async(topic, "delete"),
            undo=_create_and_fill if is_state else _create_missing,
            undone_by=f"topics apply, {_REPUBLISH}" if is_state else "topics apply",
            by_command=True,
        )
        yield Deed(
            name="deleted and created anew", topic=topic, strike=_async(topic, "replace"), **_filled_again(topic)
        )
    yield Deed(
        name="deleted and created anew, with unread records",
        topic=RECEIPT_POSTED.name,
        strike=_async(RECEIPT_POSTED.name, "replace"),
        readers_down=True,
    )


def _filled_again(topic: str) -> dict[str, Any]:
    """How a topic that lost unread records is undone: states are published again, facts are lost for good."""
    if topic != APP_DISABLED.name:
        return {}
    return {"undo": lambda ground: ground.republish(), "undone_by": _REPUBLISH, "by_command": True}


def _groups_moved() -> Iterator[Deed]:
    followed = {"token": [topic.name for topic in topics_of(PROJECTIONS)], "chaos-counter": [RECEIPT_POSTED.name]}
    for group, topics in followed.items():
        for name, strike in (
            ("moved to the end", _move(group, "end", topics)),
            ("moved to the start", _move(group, "start", topics)),
            ("deleted", partial(_forget, group)),
        ):
            yield Deed(name=f"group {group} {name}", topic=topics[-1], strike=strike, readers_down=True)


def _set(topic: str, setting: str, value: str, *, wait: bool = False, others: dict[str, str] | None = None) -> Deed:
    def strike(ground: Ground) -> None:
        asyncio.run(ground.operator.set_config(topic, {setting: value, **(others or {})}))
        if wait:
            asyncio.run(ground.operator.until_records_are_gone(topic))

    return Deed(
        name=f"{setting}={value}",
        topic=topic,
        strike=strike,
        undo=lambda ground: asyncio.run(ground.operator.put_right(topic)),
        undone_by="put right",
    )


def _grow(topic: str, partitions: int) -> Done:
    return lambda ground: asyncio.run(ground.operator.grow(topic, partitions))


def _delete_records(topic: str) -> Done:
    async def strike(operator: Operator) -> None:
        if (await operator.config(topic))["cleanup.policy"] == "compact":
            # Else Kafka refuses: it deletes no records of a topic that is compacted only.
            await operator.set_config(topic, {"cleanup.policy": "compact,delete"})
        await operator.delete_records(topic)
        await operator.put_right(topic)

    return lambda ground: asyncio.run(strike(ground.operator))


def _async(topic: str, deed: Literal["delete", "replace"]) -> Done:
    return lambda ground: asyncio.run(getattr(ground.operator, deed)(topic))


def _move(group: str, to: Literal["start", "end"], topics: list[str]) -> Done:
    return lambda ground: asyncio.run(ground.operator.move_group(group, to, topics))


def _forget(group: str, ground: Ground) -> None:
    asyncio.run(ground.operator.forget_group(group))


def _create_missing(ground: Ground) -> None:
    asyncio.run(ground.operator.create_missing())


def _create_and_fill(ground: Ground) -> None:
    _create_missing(ground)
    ground.republish()


def _fill_everything(ground: Ground) -> None:
    _create_missing(ground)
    ground.until_ready(_READY_WITHIN)
    if complaint := ground.keys("rotate"):
        raise CommandFailed(f"keys rotate: {complaint}")
    ground.republish()


def _lose_everything(ground: Ground) -> None:
    ground.broker.lose_everything()
