"""The platform at rest, and all that is read back of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from grantstream.contracts.topics import FENCE, TOPICS
from services.receipts.store.sql import MIGRATIONS as RECEIPTS_SCHEMA
from services.registration.store.sql import MIGRATIONS as REGISTRATION_SCHEMA
from services.token.store.sql import MIGRATIONS as TOKEN_SCHEMA
from tests.chaos import counting, rows, version_log
from tests.chaos.arena import Arena
from tests.chaos.checks import Evidence
from tests.chaos.crowd import Crowd
from tests.chaos.faults import Faults
from tests.chaos.groups import lag
from tests.chaos.operator_faults import OperatorFaults
from tests.chaos.programs import Programs, fresh_database
from tests.chaos.replay import GROUPS, HANDLERS
from tests.chaos.topic_log import Place, read_topics
from tests.chaos.version_log import OWNED, PROJECTED, fetch
from tests.e2e.stage import SERVICES
from tests.e2e.waiting import until

EVENT_TABLES: Final = TOKEN_SCHEMA[0]
"""The library's own tables (inbox and outbox), which every service has."""
_EVENTS: Final = set(TOPICS) - {FENCE.name}
_REST_SECONDS: Final = 150.0
_SCHEMAS: Final = {"registration": REGISTRATION_SCHEMA, "token": TOKEN_SCHEMA, "receipts": RECEIPTS_SCHEMA}
_READERS: Final = {
    topic.name: frozenset(
        [GROUPS[service] for service, handlers in HANDLERS.items() if topic.name in handlers]
        + ([counting.GROUP_ID] if topic.name == counting.EVENT_TYPE else [])
    )
    for topic in TOPICS.values()
}


@dataclass(frozen=True, slots=True)
class ReadingBack:
    """Waits, and reads."""

    arena: Arena
    programs: Programs

    def until_all_is_done(self) -> None:
        """No outbox holds anything, and every group has read all. Raises AssertionError if it does not come to that."""
        until(lambda: not any(self._outbox().values()), "every outbox is empty", seconds=_REST_SECONDS)
        for service in SERVICES:
            self._until_read(GROUPS[service], sorted(HANDLERS[service]))
        self._until_read(counting.GROUP_ID, [counting.EVENT_TYPE])

    def evidence(
        self, crowd: Crowd, faults: Faults, operator: OperatorFaults, planted: Mapping[Place, str]
    ) -> Evidence:
        """What the checks look at. What the operator has deleted counts as if it were still there."""
        servers = self.arena.kafka.bootstrap_servers
        dsns = {service: self.arena.dsn(service) for service in SERVICES}
        # Before the replay, whose groups set the poison aside too.
        copies = {topic.dead_letters for topic in TOPICS.values()}
        dead = [*operator.deleted(copies), *read_topics(servers, copies)]
        dead_rows = self._dead_rows([*dsns.values(), self.programs.counting_dsn])
        replayed = self._replay(dsns)
        counted = asyncio.run(fetch(self.programs.counting_dsn, "select receipt_id from counted"))
        return Evidence(
            history=crowd.history,
            owned={table.name: asyncio.run(version_log.read(dsns[table.service], table)) for table in OWNED},
            projected={table.name: asyncio.run(version_log.read(dsns[table.service], table)) for table in PROJECTED},
            differing_rows={table.name: asyncio.run(rows.differences_from_owner(dsns, table)) for table in PROJECTED},
            replayed_rows=replayed,
            events=[*operator.deleted(_EVENTS), *read_topics(servers, _EVENTS)],
            fence=[*operator.deleted({FENCE.name}), *read_topics(servers, {FENCE.name})],
            dead=dead,
            dead_rows=dead_rows,
            planted=planted,
            readers=_READERS,
            receipts=crowd.receipts(),
            counted=[row["receipt_id"] for row in counted],
            outbox=self._outbox(),
            broker_deaths=faults.broker_deaths,
            fence_harms=operator.fence_harms,
            leaked=crowd.stage.seen.found_in_files(self.arena.platform.settings.state_dir / "logs"),
            failures=crowd.failures,
        )

    def _dead_rows(self, dsns: Sequence[str]) -> dict[tuple[Place, str], str]:
        query = "select group_id, topic, partition, record_offset, reason from dead_letter where redriven_at is null"
        rows = [row for dsn in dsns for row in asyncio.run(fetch(dsn, query))]
        return {
            ((row["topic"], row["partition"], row["record_offset"]), row["group_id"]): row["reason"] for row in rows
        }

    def _replay(self, dsns: Mapping[str, str]) -> dict[str, list[str]]:
        """What a replay of everything into empty databases makes differently."""
        fresh = {service: fresh_database(self.arena.postgres, *_SCHEMAS[service]) for service in SERVICES}
        groups = {service: self.programs.replay(service, fresh[service]) for service in SERVICES}
        for service, group in groups.items():
            self._until_read(group, sorted(HANDLERS[service]))
        return {
            table.name: asyncio.run(rows.differences_from_replay(dsns[table.service], fresh[table.service], table))
            for table in PROJECTED
        }

    def _until_read(self, group: str, topics: Sequence[str]) -> None:
        until(partial(self._has_read, group, topics), f"{group} has read all", seconds=_REST_SECONDS)

    def _has_read(self, group: str, topics: Sequence[str]) -> bool:
        return lag(self.arena.kafka.bootstrap_servers, group, topics) == 0

    def _outbox(self) -> dict[str, int]:
        counts = "select count(*) as rows from outbox"
        return {service: asyncio.run(fetch(self.arena.dsn(service), counts))[0]["rows"] for service in SERVICES}
