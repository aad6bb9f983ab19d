"""What an operator does to topics and groups. As with other faults, each is undone or mended before its method returns.

Where the platform refuses until a documented command is run (docs/topics.md), that command is run.
"""

import asyncio
import random
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from grantstream.contracts.topics import (
    APP_DISABLED,
    APP_ENABLED,
    APP_MODIFIED,
    FENCE,
    KEY_PUBLISHED,
    RECEIPT_POSTED,
    SECRET_ROTATED,
    USER_MODIFIED,
)
from tests.chaos import counting
from tests.chaos.arena import Arena
from tests.chaos.checks import FenceHarm
from tests.chaos.diary import Diary
from tests.chaos.faults import Card
from tests.chaos.programs import Programs
from tests.chaos.replay import GROUPS, HANDLERS
from tests.chaos.topic_log import Found, read_topics
from tests.chaos.version_log import fetch
from tests.deeds.topic_operator import Operator

_STATES: Final = (APP_MODIFIED.name, APP_ENABLED.name, APP_DISABLED.name, SECRET_ROTATED.name, USER_MODIFIED.name)
"""Those that are written to all the time."""
_COPIES: Final = tuple(f"{name}.dead" for name in (*_STATES, RECEIPT_POSTED.name))
_WRITTEN: Final = (FENCE.name, *_STATES, RECEIPT_POSTED.name)
_ANY: Final = (*_WRITTEN, KEY_PUBLISHED.name, *_COPIES)
_CODECS: Final = ("gzip", "snappy", "lz4", "zstd")
_SMALL: Final = "200"
"""Bytes: less than any record has."""
_HOUR_MS: Final = "3600000"
_LOG_IS_GONE_AFTER: Final = 10.0
"""Who reads a log that was replaced may serve for `max_staleness` (8 s) more."""
_READY_SECONDS: Final = 150.0


@dataclass(slots=True)
class OperatorFaults:
    """All of them, with what they need."""

    arena: Arena
    diary: Diary
    rng: random.Random
    stop: threading.Event
    programs: Programs
    fence_harms: list[FenceHarm] = field(default_factory=list)
    _deleted: list[Found] = field(default_factory=list)
    _members: int = 0

    def deck(self) -> list[Card]:
        """Each kind of deed."""
        return [
            Card("operator: state topic grown", lambda: self.grown(self.rng.choice(_STATES))),
            Card("operator: key topic grown", lambda: self.grown(KEY_PUBLISHED.name)),
            Card("operator: fact topic grown", lambda: self.grown(RECEIPT_POSTED.name)),
            Card("operator: fence grown", self.fence_grown),
            Card("operator: compression set", self.compression_set),
            Card("operator: times left to producers", self.times_left_to_producers),
            Card("operator: small records only", self.small_records_only),
            Card("operator: retention changed", self.retention_changed),
            Card("operator: records of the fence deleted", self.fence_records_deleted),
            Card("operator: facts deleted", self.facts_deleted),
            Card("operator: copies of dead letters deleted", self.copies_deleted),
            Card("operator: fence replaced", self.fence_replaced),
            *(
                Card(f"operator: group moved, {group}", partial(self.group_moved, group))
                for group in (*GROUPS.values(), counting.GROUP_ID)
            ),
        ]

    def deleted(self, topics: Collection[str]) -> list[Found]:
        """What stood on some topics, was read, and then deleted."""
        return [found for found in self._deleted if found.place[0] in topics]

    def grown(self, topic: str) -> None:
        """A topic gets one or two partitions more, and keeps them: keys stand elsewhere from then on."""
        more = self.rng.choice((1, 2))
        self.diary.fault("operator: topic grown", f"{topic}, by {more}")
        asyncio.run(self._grow_by(topic, more))
        self._last(4, 8)

    def fence_grown(self) -> None:
        """The fence gets a second partition: nobody serves until it is deleted and made anew."""
        self.diary.fault("operator: fence grown")
        harm = _Harm(self)
        asyncio.run(self._operator.grow(FENCE.name, 2))
        self._last(3, 6)
        self._replace_fence(harm)

    def fence_replaced(self) -> None:
        """The fence is deleted with all that stands on it, and made anew at once."""
        self.diary.fault("operator: fence replaced")
        self._replace_fence(_Harm(self))

    def fence_records_deleted(self) -> None:
        """What stands on the fence is deleted, and every process is killed and started: it knows less than before."""
        self.diary.fault("operator: records of the fence deleted")
        harm = _Harm(self)
        self._delete({FENCE.name}, self._ends_of({FENCE.name}))
        for name in self.arena.names:
            self.arena.kill(name)
        self.arena.revive()
        harm.ends_when_all_is_ready()

    def facts_deleted(self) -> None:
        """The receipts that were counted, or set aside, are deleted from their topic."""
        self.diary.fault("operator: facts deleted", RECEIPT_POSTED.name)
        self._delete({RECEIPT_POSTED.name}, self._counted_up_to())
        self._last(1, 3)

    def copies_deleted(self) -> None:
        """The copies of all dead letters are deleted."""
        self.diary.fault("operator: copies of dead letters deleted")
        self._delete(set(_COPIES), self._ends_of(set(_COPIES)))
        self._last(1, 3)

    def compression_set(self) -> None:
        """The brokers compress a topic."""
        self._set_for_a_while(self.rng.choice(_ANY), "compression.type", self.rng.choice(_CODECS))

    def times_left_to_producers(self) -> None:
        """The brokers date a topic's records no more, so nothing on it is believed."""
        self._set_for_a_while(self.rng.choice((*_WRITTEN, KEY_PUBLISHED.name)), "message.timestamp.type", "CreateTime")

    def small_records_only(self) -> None:
        """The brokers take no record of a topic."""
        self._set_for_a_while(self.rng.choice((*_WRITTEN, *_COPIES)), "max.message.bytes", _SMALL)

    def retention_changed(self) -> None:
        """A topic's records may be kept for another time than the register says, for a while."""
        topic = self.rng.choice((FENCE.name, RECEIPT_POSTED.name, *_COPIES))
        self._set_for_a_while(topic, "retention.ms", _HOUR_MS)

    def group_moved(self, group: str) -> None:
        """While nobody of a group is there, its places are moved to the start or to the end, or deleted."""
        how = self.rng.choice(("start", "end", "deleted"))
        self.diary.fault("operator: group moved", f"{group}, {how}")
        self._end_members(group)
        self._last(1, 3)
        if how == "deleted":
            asyncio.run(self._operator.forget_group(group))
        else:
            asyncio.run(self._operator.move_group(group, how, _followed(group)))
        self._start_members(group)

    @property
    def _operator(self) -> Operator:
        return Operator(self.arena.kafka.bootstrap_servers)

    async def _grow_by(self, topic: str, more: int) -> None:
        found = await self._operator.topic(topic)
        assert found is not None, f"there is no topic {topic}"
        await self._operator.grow(topic, len(found.partitions) + more)

    def _set_for_a_while(self, topic: str, setting: str, value: str) -> None:
        self.diary.fault(f"operator: {setting}", f"{topic}, {value}")
        asyncio.run(self._operator.set_config(topic, {setting: value}))
        try:
            self._last(4, 9)
        finally:
            asyncio.run(self._operator.put_right(topic))

    def _replace_fence(self, harm: "_Harm") -> None:
        reading_from = time.time()
        self._deleted += read_topics(self.arena.kafka.bootstrap_servers, {FENCE.name})
        asyncio.run(self._operator.replace(FENCE.name))
        harm.unread = (reading_from, time.time())
        # Nothing shows how long somebody goes on who has not noticed yet.
        self._last(_LOG_IS_GONE_AFTER, _LOG_IS_GONE_AFTER)
        harm.ends_when_all_is_ready()

    def _ends_of(self, topics: Collection[str]) -> dict[tuple[str, int], int]:
        async def ends() -> dict[tuple[str, int], int]:
            return {
                (topic, number): end for topic in topics for number, end in (await self._operator.ends(topic)).items()
            }

        return asyncio.run(ends())

    def _counted_up_to(self) -> dict[tuple[str, int], int]:
        """By partition the first receipt that the counting group has not done with: by what it made of them, since its
        places at the brokers are moved, too."""
        topic, servers = RECEIPT_POSTED, self.arena.kafka.bootstrap_servers
        rows = asyncio.run(fetch(self.programs.counting_dsn, "select ce_id from counted"))
        counted = {row["ce_id"] for row in rows}
        letters = asyncio.run(
            fetch(self.programs.counting_dsn, "select topic, partition, record_offset from dead_letter")
        )
        set_aside = {(row["topic"], row["partition"], row["record_offset"]) for row in letters}
        done: dict[tuple[str, int], int] = {}
        unfinished: set[tuple[str, int]] = set()
        for record in read_topics(servers, {topic.name}):
            log = record.place[:2]
            if record.headers.get("ce_id") not in counted and record.place not in set_aside:
                unfinished.add(log)
            elif log not in unfinished:
                done[log] = record.place[2] + 1
        return done

    def _delete(self, topics: Collection[str], before: Mapping[tuple[str, int], int]) -> None:
        """Deletes records, after they were read, so that nobody misses them who compares in the end."""
        found = read_topics(self.arena.kafka.bootstrap_servers, topics)
        self._deleted += [each for each in found if each.place[2] < before.get(each.place[:2], 0)]

        async def delete() -> None:
            for topic in topics:
                places = {number: end for (name, number), end in before.items() if name == topic}
                await self._operator.delete_records(topic, before=places)

        asyncio.run(delete())

    def _end_members(self, group: str) -> None:
        if group == counting.GROUP_ID:
            self._members = self.programs.members
            self.programs.resize(0)
        else:
            self.arena.stop(f"{_service_of(group)}-worker")

    def _start_members(self, group: str) -> None:
        if group == counting.GROUP_ID:
            self.programs.resize(self._members)
        else:
            self.arena.start(f"{_service_of(group)}-worker")

    def _last(self, least: float, most: float) -> None:
        """The fault lasts a while; nothing could tell that it was long enough."""
        self.stop.wait(self.rng.uniform(least, most))


class _Harm:
    """Records of the fence go, from now until all is well again."""

    def __init__(self, faults: OperatorFaults) -> None:
        self._faults = faults
        self._began = faults.diary.now()
        self.unread: tuple[float, float] | None = None

    def ends_when_all_is_ready(self) -> None:
        faults = self._faults
        faults.arena.wait_until_ready(seconds=_READY_SECONDS)
        faults.fence_harms.append(FenceHarm(self._began, faults.diary.now(), self.unread))


def _followed(group: str) -> Sequence[str]:
    """The topics of which a group keeps its places."""
    if group == counting.GROUP_ID:
        return [counting.EVENT_TYPE]
    return sorted(HANDLERS[_service_of(group)])


def _service_of(group: str) -> str:
    [service] = [service for service, name in GROUPS.items() if name == group]
    return service
