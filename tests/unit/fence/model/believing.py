"""Whether a record of the log is believed: the real `FenceJudge`, before a guard that knows some keys only."""

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.guard.errors import EventRefused
from grantstream.guard.fence_judge import FenceJudge
from grantstream.guard.refusal_codes import RefusalCode
from tests.unit.fence.model.log import SIGNING_KEY, Appended


class Believing:
    """The judge of one process, which `breathe` may stop."""

    def __init__(self, chance: random.Random, breathe: Callable[[], None]) -> None:
        self._chance = chance
        self._breathe = breathe
        self.known = {SIGNING_KEY}
        self._asked: Appended | None = None
        self._judge = FenceJudge()
        self._judge.guard = self  # type: ignore[assignment]
        self._judge.follower = self  # type: ignore[assignment]

    async def judge(self, appended: Appended) -> PermissionChanged | FenceReached | None:
        if appended.key_id in self.known:
            return appended.event
        self._asked = appended
        return await self._judge.judge(appended.raw)

    def read_event(self, **_: Any) -> Any:
        """As a guard: what the record says, if its key is known."""
        assert self._asked is not None
        if self._asked.key_id not in self.known:
            raise EventRefused(RefusalCode.KID_UNKNOWN)
        return SimpleNamespace(data=self._asked.event)

    def missing_keys(self) -> frozenset[str]:
        """As a guard: the issuer named no other keys."""
        return frozenset()

    def count_refusal(self, code: RefusalCode) -> None:
        """Nobody counts here."""

    async def catch_up(self, limit: float) -> None:
        """As a key follower: it may take a moment, and it may not be possible now."""
        self._breathe()
        if self._chance.random() < 0.3:
            raise TimeoutError
        assert self._asked is not None
        self.known.add(self._asked.key_id)
