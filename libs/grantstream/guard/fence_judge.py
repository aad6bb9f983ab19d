"""Tells the fence which of its records may be believed: the guard judges them like any other event."""

import asyncio
import logging
from typing import Final

from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.topics import FENCE
from grantstream.fence import RawRecord
from grantstream.guard.errors import EventRefused
from grantstream.guard.guard import Guard
from grantstream.guard.refusal_codes import RefusalCode

_log = logging.getLogger(__name__)
_KEY_WAIT: Final = 2.0
_KEY_RECHECK: Final = 0.05


class FenceJudge:
    """What `Fence(judge=...)` wants. The guard in turn wants the fence, hence `guard` is set once both are there."""

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
                    _log.warning("the fence's record at offset %d is not believed: %s", raw.offset, refusal.code)
                    return None
            await asyncio.sleep(_KEY_RECHECK)

    def _read(self, raw: RawRecord) -> PermissionChanged | FenceReached | None:
        event = self.guard.read_event(
            topic=FENCE, key=raw.key, headers=raw.headers, value=raw.value, appended_at=raw.appended_at
        )
        return event.data if isinstance(event.data, PermissionChanged | FenceReached) else None
