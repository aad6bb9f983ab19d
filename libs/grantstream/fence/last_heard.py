"""Of several words of one instance that were read together only the newest counts, so only that one need be judged.

To judge a word costs more than all else about it, and every process hears every other one. Who falls behind reads more
at once, judges less of it, and so catches up.

Which is the newest is what the words claim, and anybody can claim: so the one with the highest number is judged first,
and the next one if it is not believed. A forgery hides nothing, and a word that was appended again neither.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.fence.records import JudgeRecord, RawRecord

_WORD: Final = ("ce_type", b"fence.reached")

Event = PermissionChanged | FenceReached | None


class LastHeard:
    """One batch of the log, and which of its records are words of the same instance.

    Each group of them is judged where its last one stands. What was told void in between doesn't matter: a word is
    judged by what was void when it was appended.
    """

    def __init__(self, batch: Sequence[RawRecord]) -> None:
        groups: dict[bytes, list[RawRecord]] = {}
        for raw in batch:
            if raw.key is not None and _WORD in raw.headers:
                groups.setdefault(raw.key, []).append(raw)
        self._groups: Mapping[int, list[RawRecord]] = {
            words[-1].offset: sorted(words, key=_claimed_number, reverse=True)
            for words in groups.values()
            if len(words) > 1
        }
        self._earlier = {
            word.offset for words in self._groups.values() for word in words if word.offset not in self._groups
        }

    async def judge(self, raw: RawRecord, judge: JudgeRecord) -> tuple[RawRecord, Event]:
        """The event of a record, and the record that it is from: for the last of a group that may be another one."""
        if raw.offset in self._earlier:
            return raw, None
        for candidate in self._groups.get(raw.offset, [raw]):
            if (event := await judge(candidate)) is not None:
                return candidate, event
        return raw, None


def _claimed_number(raw: RawRecord) -> int:
    try:
        number = orjson.loads(raw.value or b"")["sequence"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return -1
    return number if isinstance(number, int) else -1
