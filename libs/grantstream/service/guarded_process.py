"""What makes a process one of the platform: its keys, its guards, and its place on the fence, opened in order."""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Final, Literal

import uuid_utils

from grantstream.contracts.claims import API_AUDIENCE, EVENTS_AUDIENCE
from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.topics import FENCE
from grantstream.fence import Fence, FenceSettings, Identity, ProducerToken, RawRecord
from grantstream.guard import EventRefused, Guard, KeySet, RefusalCode
from grantstream.service.key_follower import KeyFollower
from grantstream.service.settings import ServiceSettings

_log = logging.getLogger(__name__)
_KEY_WAIT: Final = 2.0
_KEY_RECHECK: Final = 0.05

LoadKeys = Callable[[], Awaitable[KeySet]]
CountRefusal = Callable[[RefusalCode], None]


class GuardedProcess:
    """One process's keys, guards and fence. Open it before serving, close it after serving has stopped."""

    def __init__(self, keys: KeySet, fence: Fence, guard: Guard, event_guard: Guard, follower: KeyFollower) -> None:
        self.keys = keys
        self.fence = fence
        self.guard = guard
        self.event_guard = event_guard
        self._follower = follower
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once this process is proven to be current, and every later change will wait for it."""
        self._following = asyncio.create_task(self._follower.run(), name="key follower")
        await self.fence.start()

    async def stop(self) -> None:
        """Says goodbye on the fence."""
        await self.fence.stop()
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)


async def open_guarded_process(
    settings: ServiceSettings,
    *,
    role: Literal["http", "worker"],
    token: ProducerToken,
    load_keys: LoadKeys,
    count_refusal: CountRefusal,
) -> GuardedProcess:
    """Loads the keys and puts the parts together; `start` is left to the caller."""
    keys = await load_keys()
    judge = _FenceJudge()
    fence = Fence(
        Identity(settings.client_id, str(uuid_utils.uuid7()), settings.service_name, role),
        FenceSettings(max_staleness=settings.fence_max_staleness, answer_limit=settings.fence_answer_limit),
        bootstrap_servers=settings.kafka_bootstrap_servers,
        judge=judge.judge,
        token=token,
        on_lost=_end_this_process,
    )
    guard, event_guard = (
        Guard(issuer=settings.base_url, audience=audience, keys=keys, fence=fence, count_refusal=count_refusal)
        for audience in (API_AUDIENCE, EVENTS_AUDIENCE)
    )
    judge.guard = event_guard
    follower = KeyFollower(settings.kafka_bootstrap_servers, event_guard, keys)
    return GuardedProcess(keys, fence, guard, event_guard, follower)


class _FenceJudge:
    """Judges the fence's records by the guard, which in turn needs the fence: hence `guard` is set afterwards."""

    guard: Guard

    async def judge(self, raw: RawRecord) -> PermissionChanged | FenceReached | None:
        """What a record says, or None if its producer may not say it."""
        deadline = asyncio.get_running_loop().time() + _KEY_WAIT
        while True:
            try:
                return self._read(raw)
            except EventRefused as refusal:
                # A record signed by a key that is still on its way must not be passed over: it may void tokens.
                waits = refusal.code is RefusalCode.KID_UNKNOWN and asyncio.get_running_loop().time() < deadline
                if not waits:
                    _log.warning(
                        "a record of the fence is not believed", extra={"offset": raw.offset, "code": refusal.code}
                    )
                    return None
            await asyncio.sleep(_KEY_RECHECK)

    def _read(self, raw: RawRecord) -> PermissionChanged | FenceReached | None:
        event = self.guard.read_event(
            topic=FENCE, key=raw.key, headers=raw.headers, value=raw.value, appended_at=raw.appended_at
        )
        return event.data if isinstance(event.data, PermissionChanged | FenceReached) else None


def _end_this_process() -> None:
    """A process that can't know what it missed must not go on; whoever started it starts it again."""
    os.kill(os.getpid(), signal.SIGTERM)
