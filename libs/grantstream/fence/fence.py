"""The fence on a real topic: reads it, reports how far this process has read, and waits for all others."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from grantstream.contracts.events.fence import FenceReached
from grantstream.contracts.log_position import LogPosition
from grantstream.fence.connection import Reader, announce, described, open_reader, open_writer
from grantstream.fence.core import ChangeStatus, Identity
from grantstream.fence.freshness import boot_clock
from grantstream.fence.known_log import FenceLost, FenceUnfit
from grantstream.fence.participant import Participant
from grantstream.fence.records import FenceRecord, JudgeRecord, RawRecord
from grantstream.fence.rules import RuleBook
from grantstream.fence.settings import FenceSettings
from grantstream.kafka.retry_pause import RetryPause
from grantstream.proof import Credential
from grantstream.proof.credential import CredentialSource

_BUSY_FROM: float = 4.0
"""Records a second for each instance: a single change makes each of them report once, besides its heartbeat."""


class PollBackoff:
    """How often a process reads the log: at once while it is quiet, less often while it is busy.

    A fetch costs more than its records, and every process reads what every other one reports. So when many changes
    come, a later fetch gets more records at once, and saves the machine's time. Recent records are counted with a
    memory of about a second.
    """

    def __init__(self) -> None:
        self._lately = 0.0
        self._counted_at = 0.0

    def pause(self, records: int, *, instances: int, per_instance: float, now: float) -> float:
        """Seconds to wait after a fetch of so many records. `now`: the boot-time clock."""
        self._lately = self._lately * math.exp(min(0.0, self._counted_at - now)) + records
        self._counted_at = now
        return per_instance * instances if self._lately > _BUSY_FROM * (instances + 1) else 0.0


_log = logging.getLogger(__name__)
_READ_WAIT: Final = 0.5
_RECHECK: Final = 0.1
_GOODBYE_LIMIT: Final = 1.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0


class _Stalled(Exception):
    """The clients are open, but no proof comes back; they must be reopened."""


_PASSING: Final = (KafkaError, OSError, TimeoutError, _Stalled, FenceUnfit)
"""Errors that reopening the connection, now or later, may fix."""


class Fence:
    """One process's part in the fence.

    Call `start` before serving and `stop` after it. Between them a background task reads and writes; if it fails, the
    process becomes stale, and a stale process refuses.
    """

    def __init__(
        self,
        identity: Identity,
        settings: FenceSettings,
        *,
        bootstrap_servers: str,
        judge: JudgeRecord,
        token: CredentialSource | None,
        on_lost: Callable[[], None],
        rules: RuleBook | None = None,
        now: Callable[[], float] = boot_clock,
        wall: Callable[[], float] = time.time,
    ) -> None:
        if (token is None) != identity.observer:
            raise ValueError("an observer has no producer's token, and every other process needs one")
        self.settings = settings
        self._part = Participant(identity, settings, rules)
        self._bootstrap_servers = bootstrap_servers
        self._judge = judge
        self._token = token
        self._on_lost = on_lost
        self._now = now
        self._wall = wall
        self._poll_backoff = PollBackoff()
        self._judging_deferred = asyncio.Lock()
        self._progress = asyncio.Event()
        self._batch_applied = asyncio.Event()
        self._caught_up = asyncio.Event()
        self._hindrance = "not connected yet"
        self._writer: AIOKafkaProducer | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def identity(self) -> Identity:
        """The process's identity on the fence."""
        return self._part.core.identity

    @property
    def rules(self) -> RuleBook:
        """Floors and void rules, as far as this process has read."""
        return self._part.core.rules

    @property
    def applied_offset(self) -> int:
        """The offset of the last applied record; -1 before any."""
        return self._part.offset

    @property
    def position(self) -> LogPosition:
        """The last position that this process has applied; tokens carry that of their issuer."""
        return self._part.core.position

    @property
    def covers_since(self) -> float:
        """The append time (epoch seconds) from which on this process knows every record.

        0.0: as far back as can matter. Infinite: it has read none.
        """
        return self._part.core.log.covers_since

    def vouches_for(self, position: LogPosition | None, *, issued_at: float) -> bool:
        """Whether this process knows all that can void a token whose issuer stood at `position`; None: unknown."""
        return self._part.core.log.vouches_for(position, issued_at=issued_at)

    def no_log_came_before(self) -> None:
        """Notes that there never was another log, so that answers need not wait for processes that read one."""
        self._part.core.log.no_log_came_before()

    def knows_all_instances(self) -> bool:
        """Whether every process that may still decide anything is known here, so that answers can wait for it."""
        return self._part.core.knows_all_instances(now=self._now())

    @property
    def hindrance(self) -> str:
        """Why this process is not fresh, for people; empty while it is."""
        return "" if self.is_fresh() else self._hindrance

    def is_fresh(self) -> bool:
        """Whether this process may decide anything. After its goodbye it may not: no answer waits for it any more."""
        return self._part.is_fresh(now=self._now())

    def may_mint(self) -> bool:
        """Whether this process may issue tokens: fresh, and its clock agrees with the log's."""
        return self._part.may_mint(now=self._now())

    def time_of_day(self) -> float:
        """The time that dates tokens, in epoch seconds; no step of the wall clock changes it. Infinite at first."""
        return self._part.core.time_of_day(self._now())

    def staleness(self) -> float:
        """Age of the proof of being current, in seconds; infinite before the first."""
        return self._part.core.staleness(self._now())

    async def start(self) -> None:
        """Returns once this process is proven to be current. From then on every later change waits for it.

        Raises FenceLost if it can never be, after `on_lost` was called: a starting server does not handle signals yet.
        """
        self._task = asyncio.create_task(self._run(), name="fence")
        self._task.add_done_callback(self._end_if_broken)
        while not self.is_fresh():
            progress = asyncio.create_task(self._progress.wait())
            await asyncio.wait({progress, self._task}, timeout=_RECHECK, return_when=asyncio.FIRST_COMPLETED)
            progress.cancel()
            if self._task.done():
                self._task.result()
                raise FenceLost(self._hindrance)

    async def stop(self) -> None:
        """Sends the goodbye, so that no answer waits for this process. Call it after serving has stopped."""
        if self._task is None:
            return
        self._part.leave()
        if self._writer is not None and not self._task.done():
            try:
                async with asyncio.timeout(_GOODBYE_LIMIT):
                    await self._send_goodbye(self._writer)
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("no goodbye on the fence; others wait for max_staleness: %s", type(error).__name__)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def knows(self, subject: str, version: int) -> bool:
        """Whether this process has read `version` of a subject, or a later one."""
        return self._part.knows(subject, version)

    async def wait_until_reached(self, subject: str, version: int, limit: float | None = None) -> ChangeStatus:
        """Waits until every live process has reached `version` of a subject.

        Returns the status after `limit` seconds at the latest (by default the setting `answer_limit`); at once if 0.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self.settings.answer_limit if limit is None else limit)
        while True:
            progress = self._progress
            status = await self._status(subject, version, deadline=deadline)
            remaining = deadline - loop.time()
            if status.reached or remaining <= 0:
                return status
            try:
                async with asyncio.timeout(min(remaining, _RECHECK)):
                    await progress.wait()
            except TimeoutError:
                continue

    async def _status(self, subject: str, version: int, *, deadline: float) -> ChangeStatus:
        if self.knows(subject, version):
            # The judge may be unable to decide just now. The reader will try again, as with any record.
            with suppress(TimeoutError, KafkaError):
                async with asyncio.timeout_at(deadline):
                    await self._judge_deferred()
        return self._part.status(subject, version, now=self._now())

    def _end_if_broken(self, task: "asyncio.Task[None]") -> None:
        if self._part.is_leaving:
            return
        # Without this task the process would refuse everything for ever, and its supervisor would not restart it.
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or error is not None:
            _log.critical("the fence's reader failed, and the process ends", exc_info=error)
            self._on_lost()

    async def _run(self) -> None:
        pause = RetryPause(_FIRST_PAUSE, _LONGEST_PAUSE)
        while True:
            opened_at = self._now()
            try:
                await self._run_connected()
            except (*_PASSING, FenceLost, ExceptionGroup) as error:
                cause = _cause(error)
                self._hindrance = str(cause) or type(cause).__name__
                if isinstance(cause, FenceLost):
                    _log.critical("this process can't know what it missed on the fence, and ends: %s", cause)
                    self._part.leave()
                    self._on_lost()
                    return
                if self._now() - opened_at > 10 * self.settings.reconnect_after:
                    pause.reset()
                _log.warning("the fence's connection is reopened: %r", cause)
            await asyncio.sleep(pause.next())

    async def _run_connected(self) -> None:
        async with open_reader(self._bootstrap_servers, after=self._part.offset) as reader:
            self._part.connected(reader.opening, now=self._now())
            if self._token is None:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._read(reader), name="fence reader")
                    tasks.create_task(self._watch(reader), name="fence watcher")
                return
            async with open_writer(self._bootstrap_servers) as writer, asyncio.TaskGroup() as tasks:
                self._writer = writer
                tasks.create_task(self._read(reader), name="fence reader")
                tasks.create_task(self._watch(reader), name="fence watcher")
                tasks.create_task(self._write(writer, self._token), name="fence writer")

    async def _watch(self, reader: Reader) -> None:
        """Asks again and again whether this is still the topic's log. Raises FenceLost or FenceUnfit if it is not."""
        while True:
            asked_at = self._now()
            try:
                self._part.core.log.looked(await described(reader.client), asked_at=asked_at)
            except (KafkaError, TimeoutError) as error:
                # One broker may be down; if none answers, this process is stale soon.
                _log.info("the brokers can't be asked about the fence: %s", type(error).__name__)
            await asyncio.sleep(self.settings.heartbeat)

    async def _read(self, reader: Reader) -> None:
        # First the reports that couldn't be judged before: else they would pile up.
        await self._judge_deferred()
        while True:
            if await reader.is_caught_up():
                self._part.caught_up()
                self._caught_up.set()
            batch = await reader.batch(_READ_WAIT)
            for raw in batch:
                await self._take(raw)
            if self._part.must_judge_deferred(now=self._now()):
                await self._judge_deferred()
            self._part.end_batch(wall=self._wall())
            self._wake_waiters()
            await reader.rest(self._pause_after(len(batch)))
            if self._part.is_stalled(now=self._now()):
                raise _Stalled(f"no proof of being current for {self.settings.reconnect_after} s")

    async def _take(self, raw: RawRecord) -> None:
        event = None
        if not self._part.deferred.take(raw, now=self._now()):
            if self._part.must_judge_deferred_before(raw):
                await self._judge_deferred()
            event = await self._judge(raw)
        self._part.take(
            FenceRecord(raw.offset, raw.appended_at, event, raw.is_dated), now=self._now(), wall=self._wall()
        )

    async def _judge_deferred(self) -> None:
        """Applies the reports that are deferred by now. Raises the judge's errors."""
        async with self._judging_deferred:
            async for report, read_at in self._part.deferred.judged(self._judge):
                self._part.apply_report(report, read_at=read_at, now=self._now(), wall=self._wall())

    def _pause_after(self, records: int) -> float:
        alive, per_instance = self._part.core.instances_alive, self.settings.reading_per_instance
        pause = self._poll_backoff.pause(records, instances=alive, per_instance=per_instance, now=self._now())
        return min(pause, self.settings.heartbeat / 10)

    def _wake_waiters(self) -> None:
        progress, self._progress = self._progress, asyncio.Event()
        progress.set()
        self._batch_applied.set()

    async def _write(self, writer: AIOKafkaProducer, token: CredentialSource) -> None:
        await self._caught_up.wait()
        while True:
            await self._pause_until_due()
            credential = await token.current()
            report = self._part.next_report(now=self._now(), wall=self._wall())
            if report is None:
                return
            await self._send(writer, credential, report)

    async def _pause_until_due(self) -> None:
        while (pause := self._part.pause_before_report(now=self._now())) > 0:
            self._batch_applied.clear()
            try:
                async with asyncio.timeout(pause):
                    await self._batch_applied.wait()
            except TimeoutError:
                return

    async def _send(
        self, writer: AIOKafkaProducer, credential: Credential, report: FenceReached
    ) -> "asyncio.Future[object]":
        sending = announce(writer, report, credential=credential, wall=self._wall())
        # A dead broker leaves a send pending for ever, hence the deadline; a late delivery proves an old moment only.
        async with asyncio.timeout(self.settings.reconnect_after):
            acked = await sending
        acked.add_done_callback(_note_failure)
        return acked

    async def _send_goodbye(self, writer: AIOKafkaProducer) -> None:
        if self._token is not None:
            credential = await self._token.current()
            goodbye = self._part.goodbye(now=self._now(), wall=self._wall())
            await (await self._send(writer, credential, goodbye))


def _cause(error: Exception) -> Exception:
    """The connection fault behind an error, FenceLost first. Raises an error that is none."""
    if not isinstance(error, ExceptionGroup):
        return error
    lost, others = error.split(FenceLost)
    _, unexpected = (None, None) if others is None else others.split(_PASSING)
    if unexpected is not None:
        raise unexpected
    return (lost or error).exceptions[0]


def _note_failure(acked: "asyncio.Future[object]") -> None:
    if not acked.cancelled() and (error := acked.exception()) is not None:
        _log.warning("fence.reached was not appended: %s", type(error).__name__)
