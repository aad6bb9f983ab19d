"""Of the words of one instance that were read together the newest believed one counts, whatever others claim."""

import orjson

from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.fence.last_heard import Event, LastHeard
from grantstream.fence.records import RawRecord


class Log:
    """Records, and which of them a judge believes."""

    def __init__(self) -> None:
        self.records: list[RawRecord] = []
        self.believed: set[int] = set()
        self.judged: list[int] = []

    def word(self, instance: str, sequence: object, *, believed: bool = True) -> int:
        """Appends what an instance says, or what somebody says in its name."""
        value = orjson.dumps({"sequence": sequence})
        return self._append(f"instance/{instance}".encode(), b"fence.reached", value, believed)

    def change(self) -> int:
        """Appends a change."""
        return self._append(b"app/a", b"permission.changed", b"{}", True)

    def _append(self, key: bytes, kind: bytes, value: bytes, believed: bool) -> int:
        offset = len(self.records)
        self.records.append(RawRecord("fence", offset, 1_000 + offset, 1, key, (("ce_type", kind),), value))
        if believed:
            self.believed.add(offset)
        return offset

    async def judge(self, raw: RawRecord) -> Event:
        self.judged.append(raw.offset)
        if raw.offset not in self.believed:
            return None
        if dict(raw.headers)["ce_type"] == b"permission.changed":
            return PermissionChanged(subject="app/a", version=1)
        number = orjson.loads(raw.value or b"")["sequence"]
        return FenceReached(
            client_id="c", instance_id="i", service="s", role="http", sequence=number, offset=raw.offset
        )

    async def heard(self) -> dict[int, int]:
        """Where a word counts, and which one."""
        last = LastHeard(self.records)
        found = [(raw.offset, *await last.judge(raw, self.judge)) for raw in self.records]
        return {place: source.offset for place, source, event in found if isinstance(event, FenceReached)}


async def test_only_the_newest_word_of_an_instance_is_judged() -> None:
    log = Log()
    for number in range(4):
        log.word("a", number)
    other = log.word("b", 1)
    assert await log.heard() == {3: 3, other: other}
    assert log.judged == [3, other]


async def test_a_forged_word_hides_none_that_was_said() -> None:
    log = Log()
    said = log.word("a", 7)
    log.word("a", 2**62, believed=False)
    last = log.word("a", "nonsense", believed=False)
    assert await log.heard() == {last: said}


async def test_an_old_word_that_was_appended_again_hides_no_newer_one() -> None:
    log = Log()
    log.word("a", 3)
    newest = log.word("a", 9)
    again = log.word("a", 3)
    assert await log.heard() == {again: newest}


async def test_changes_are_all_judged_where_they_stand() -> None:
    log = Log()
    first, _, second, word = log.change(), log.word("a", 1), log.change(), log.word("a", 2)
    assert await log.heard() == {word: word}
    assert log.judged == [first, second, word]
