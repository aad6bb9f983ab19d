"""Tells the fence which of its records may be believed: the guard judges them like any other event."""

import logging
from collections.abc import Callable
from typing import Final

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.fence import RawRecord
from grantstream.fence.clocks import boot_clock
from grantstream.fence.place import FenceLost
from grantstream.guard.errors import EventRefused
from grantstream.guard.guard import Guard
from grantstream.guard.kafka_record import judge_record
from grantstream.guard.key_follower import KeyFollower
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.guard.refusal_log import RefusalLog

_KEY_WAIT: Final = 2.0
_GIVE_UP_AFTER: Final = 10.0
"""Seconds. A key is on its topic before it is announced, so nothing is gained by waiting longer for one that is not
there. A rotation waits longer than this, and for the process to count as gone."""

_ABOUT_KEYS: Final = subjects.signing_key("")
_FIRST: Final = 1
_NOTHING: Final = VoidBelow()


class FenceJudge:
    """What `Fence(judge=...)` wants. The guard in turn wants the fence, hence both are set once they are there."""

    guard: Guard
    follower: KeyFollower

    def __init__(self, *, clock: Callable[[], float] = boot_clock) -> None:
        self._clock = clock
        self._all_known_at = float("-inf")
        self._unknown = ""
        self._unknown_since = 0.0
        self._log = RefusalLog(logging.getLogger(__name__), "a record of the fence is not believed")

    async def judge(self, raw: RawRecord) -> PermissionChanged | FenceReached | None:
        """What a record says, or None if its producer may not say it.

        Raises TimeoutError or KafkaError if that can't be told now, or if a record announces a key that is not known
        here: the record must be asked about again. Raises FenceLost if that did not help.
        """
        event = await self._believed(raw)
        if isinstance(event, PermissionChanged) and event.subject.startswith(_ABOUT_KEYS):
            await self._know_all_keys(raw)
            self._refuse_unknown(event)
        return event

    def _refuse_unknown(self, told: PermissionChanged) -> None:
        """A new key signs once every process has reached the record that announces it: then it must be known here.

        It was published before. If it can't be found, `key.published` has lost it: the topic was deleted, or emptied,
        before this process had read it all. Whoever went on would take what the key signs for nobody's, and pass over
        what it voids, even if the key has ended since: what it signed before that is still believed.

        This process may never learn the key, though it is published again, since that is signed by keys that came
        after. One that starts afresh gets it from the issuer.
        """
        kid = told.subject.removeprefix(_ABOUT_KEYS)
        if told.version != _FIRST or told.void_below != _NOTHING or self.guard.knows_key(kid):
            return
        if kid != self._unknown:
            self._unknown, self._unknown_since = kid, self._clock()
        message = f"the signing key {kid} was announced, and is not on key.published"
        if self._clock() - self._unknown_since > _GIVE_UP_AFTER:
            raise FenceLost(message)
        raise TimeoutError(message)

    async def _believed(self, raw: RawRecord) -> PermissionChanged | FenceReached | None:
        try:
            return self._read(raw)
        except EventRefused as refusal:
            if refusal.code is not RefusalCode.KID_UNKNOWN:
                self._tell(raw, refusal)
                return None
        # A record signed by a key that is still on its way must not be passed over: it may void tokens. A key is
        # published before it signs, so once all that is published is known, an unknown one is nobody's.
        await self._know_all_keys(raw)
        try:
            return self._read(raw)
        except EventRefused as refusal:
            self._tell(raw, refusal)
            return None

    def _read(self, raw: RawRecord) -> PermissionChanged | FenceReached | None:
        event = judge_record(self.guard, raw)
        return event.data if isinstance(event.data, PermissionChanged | FenceReached) else None

    async def _know_all_keys(self, raw: RawRecord) -> None:
        """Returns once every key is known that was published before a record was read, or that the issuer named.

        Raises TimeoutError if one that it named is not: a pinned key set leaves out keys that `key.published` may have
        lost, and what they sign must not be passed over.

        The broker is asked once for all records that were read together: else whoever may append could make each of
        his records cost a question, and the process stale.
        """
        if self._all_known_at >= raw.read_at:
            return
        asked_at = self._clock()
        await self.follower.catch_up(_KEY_WAIT)
        if unlearned := self.guard.unlearned_keys():
            raise TimeoutError(f"not pinned, and not on key.published: the signing key {min(unlearned)}")
        self._all_known_at = asked_at

    def _tell(self, raw: RawRecord, refusal: EventRefused) -> None:
        self._log.tell(refusal.code, f"offset {raw.offset}")
