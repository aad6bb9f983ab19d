"""Judges the fence's records for the fence, with the guard, like any other event."""

import logging
from collections.abc import Callable
from typing import Final

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.fence import RawRecord
from grantstream.fence.freshness import boot_clock
from grantstream.fence.known_log import FenceLost
from grantstream.guard.errors import EventRefused
from grantstream.guard.guard import Guard
from grantstream.guard.kafka_record import judge_record
from grantstream.guard.key_follower import KeyFollower
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.guard.refusal_log import RefusalLog

_KEY_WAIT: Final = 2.0
_GIVE_UP_AFTER: Final = 10.0
"""Seconds. A key is on its topic before it is announced, so a longer wait can't help. A rotation waits longer than
this, until the process counts as gone."""

_ABOUT_KEYS: Final = subjects.signing_key("")
_FIRST: Final = 1
_NOTHING: Final = VoidBelow()


class FenceJudge:
    """For `Fence(judge=...)`. The guard in turn needs the fence, so `guard` and `follower` are set afterwards."""

    guard: Guard
    follower: KeyFollower

    def __init__(self, *, clock: Callable[[], float] = boot_clock) -> None:
        self._clock = clock
        self._all_known_at = float("-inf")
        self._unknown = ""
        self._unknown_since = 0.0
        self._refusals = RefusalLog(logging.getLogger(__name__), "a record of the fence is not believed")

    async def judge(self, raw: RawRecord) -> PermissionChanged | FenceReached | None:
        """The event of a record, or None if its producer was not allowed to write it.

        Raises TimeoutError or KafkaError if that can't be decided now, or if the record announces a key that is unknown
        here: judge the record again later. Raises FenceLost if that did not help.
        """
        event = await self._judged(raw)
        if isinstance(event, PermissionChanged) and event.subject.startswith(_ABOUT_KEYS):
            await self._await_all_keys(raw)
            self._require_known_key(event)
        return event

    def _require_known_key(self, event: PermissionChanged) -> None:
        """A new key signs once every process has reached the record that announces it: then it must be known here.

        It was published before. If it is missing, `key.published` has lost it: the topic was deleted, or emptied,
        before this process had read it all. A process that went on would refuse what the key signs, and so skip what
        it voids, even if the key has ended since: what it signed before that still counts.

        This process may never learn the key, though it is published again, since later keys sign that record. A process
        that starts again gets it from the issuer.
        """
        kid = event.subject.removeprefix(_ABOUT_KEYS)
        if event.version != _FIRST or event.void_below != _NOTHING or self.guard.knows_key(kid):
            return
        if kid != self._unknown:
            self._unknown, self._unknown_since = kid, self._clock()
        message = f"the signing key {kid} was announced, and is not on key.published"
        if self._clock() - self._unknown_since > _GIVE_UP_AFTER:
            raise FenceLost(message)
        raise TimeoutError(message)

    async def _judged(self, raw: RawRecord) -> PermissionChanged | FenceReached | None:
        try:
            return self._read(raw)
        except EventRefused as refusal:
            if refusal.code is not RefusalCode.KID_UNKNOWN:
                self._log_refusal(raw, refusal)
                return None
        # A record signed by a key that is still on its way must not be skipped: it may void tokens. A key is published
        # before it signs, so once all published keys are known, an unknown one is a stranger's.
        await self._await_all_keys(raw)
        try:
            return self._read(raw)
        except EventRefused as refusal:
            self._log_refusal(raw, refusal)
            return None

    def _read(self, raw: RawRecord) -> PermissionChanged | FenceReached | None:
        event = judge_record(self.guard, raw)
        return event.data if isinstance(event.data, PermissionChanged | FenceReached) else None

    async def _await_all_keys(self, raw: RawRecord) -> None:
        """Returns once every key is known that was published before a record was read, or that the issuer named.

        Raises TimeoutError if one that the issuer named is not: a pinned key set leaves out keys that `key.published`
        may have lost, and what they sign must not be skipped.

        The broker is asked once for all records that were read together: else a stranger's records would each cost a
        request, and make the process stale.
        """
        if self._all_known_at >= raw.read_at:
            return
        asked_at = self._clock()
        await self.follower.catch_up(_KEY_WAIT)
        if missing := self.guard.missing_keys():
            raise TimeoutError(f"not pinned, and not on key.published: the signing key {min(missing)}")
        self._all_known_at = asked_at

    def _log_refusal(self, raw: RawRecord, refusal: EventRefused) -> None:
        self._refusals.warn(refusal.code, f"offset {raw.offset}")
