"""Words that are put aside: of each instance the newest believed one counts, whatever others claim."""

import asyncio

import orjson
import pytest

from grantstream.contracts.events.fence import FenceReached
from grantstream.fence.deferred_reports import DeferredReports
from grantstream.fence.records import RawRecord

OWN = "instance/registration/0"


class Heard:
    """What a process puts aside, and which of it a judge believes."""

    def __init__(self) -> None:
        self.deferred = DeferredReports(OWN)
        self.now = 100.0
        self.judged: list[int] = []
        self.unavailable: set[int] = set()
        self._believed: set[int] = set()
        self._next = 0

    def word(self, instance: str, sequence: object, *, believed: bool = True) -> int:
        """What an instance says, or what somebody says in its name; its offset."""
        value = orjson.dumps({"sequence": sequence})
        return self._come(f"instance/token/{instance}".encode(), value, believed)

    def _come(self, key: bytes, value: bytes, believed: bool) -> int:
        raw = RawRecord("fence", self._next, 1_000 + self._next, 1, key, (("ce_type", b"fence.reached"),), value)
        assert self.deferred.take(raw, now=self.now)
        if believed:
            self._believed.add(raw.offset)
        self._next += 1
        return raw.offset

    async def judge(self, raw: RawRecord) -> FenceReached | None:
        await asyncio.sleep(0)
        if raw.offset in self.unavailable:
            raise TimeoutError
        self.judged.append(raw.offset)
        if raw.offset not in self._believed:
            return None
        number = orjson.loads(raw.value or b"")["sequence"]
        return FenceReached(
            client_id="c", instance_id="i", service="s", role="http", sequence=number, offset=raw.offset
        )

    async def all(self) -> list[int]:
        """The offsets of those that count."""
        return [word.offset async for word, _ in self.deferred.judged(self.judge)]


async def test_only_the_newest_word_of_an_instance_is_judged() -> None:
    heard = Heard()
    *_, last = [heard.word("a", number) for number in range(4)]
    other = heard.word("b", 1)
    assert heard.judged == []
    assert await heard.all() == [last, other] == heard.judged
    assert not heard.deferred
    assert await heard.all() == []


async def test_a_forged_word_hides_none_that_was_said() -> None:
    heard = Heard()
    said = heard.word("a", 7)
    heard.word("a", 2**62, believed=False)
    heard.word("a", "nonsense", believed=False)
    assert await heard.all() == [said]


async def test_a_replayed_report_does_not_hide_a_newer_one() -> None:
    heard = Heard()
    heard.word("a", 3)
    newest = heard.word("a", 9)
    heard.word("a", 3)
    assert await heard.all() == [newest]


async def test_a_word_counts_as_read_when_it_was_put_aside() -> None:
    heard = Heard()
    heard.word("a", 1)
    heard.now += 5.0
    heard.word("b", 1)
    assert [read_at async for _, read_at in heard.deferred.judged(heard.judge)] == [100.0, 105.0]


async def test_what_can_not_be_judged_now_stays_aside() -> None:
    heard = Heard()
    first, second, third = (heard.word(name, 1) for name in "abc")
    heard.unavailable = {second}
    judged = heard.deferred.judged(heard.judge)
    word, _ = await anext(judged)
    assert word.offset == first
    with pytest.raises(TimeoutError):
        await anext(judged)
    assert heard.deferred
    heard.unavailable = set()
    assert await heard.all() == [second, third]


async def test_words_that_come_meanwhile_are_for_the_next_time() -> None:
    heard = Heard()
    first, second = heard.word("a", 1), heard.word("b", 1)
    found: list[int] = []
    async for word, _ in heard.deferred.judged(heard.judge):
        found.append(word.offset)
        if word.offset == first:
            heard.now += 1.0
            third, fourth = heard.word("a", 2), heard.word("c", 1)
    assert found == [first, second]
    assert heard.deferred.first_offset == third
    assert not heard.deferred.is_due(now=101.5, after=1.0)
    assert await heard.all() == [third, fourth]
    assert heard.deferred.first_offset is None


async def test_a_report_without_a_sequence_is_judged_like_others() -> None:
    heard = Heard()
    heard.word("a", None, believed=False)
    assert await heard.all() == []
    assert heard.judged == [0]


@pytest.mark.parametrize(
    ("key", "kind"),
    [(OWN.encode(), b"fence.reached"), (None, b"fence.reached"), (b"app/a", b"permission.changed")],
)
def test_own_words_and_changes_are_judged_where_they_stand(key: bytes | None, kind: bytes) -> None:
    deferred = DeferredReports(OWN)
    assert not deferred.take(RawRecord("fence", 1, 1, 1, key, (("ce_type", kind),), b"{}"), now=1.0)
    assert not deferred


@pytest.mark.parametrize(("value", "padding"), [(b" " * 20_000, b""), (b"{}", b" " * 20_000)])
def test_what_is_too_large_for_a_word_is_not_kept(value: bytes, padding: bytes) -> None:
    deferred = DeferredReports(OWN)
    headers = (("ce_type", b"fence.reached"), ("x", padding), ("y", None))
    assert not deferred.take(RawRecord("fence", 1, 1, 1, b"instance/token/a", headers, value), now=1.0)


async def test_they_are_due_after_a_while_or_when_they_are_many() -> None:
    heard = Heard()
    assert not heard.deferred.is_due(now=1e9, after=1.0)
    heard.word("a", 0)
    assert not heard.deferred.is_due(now=100.9, after=1.0)
    assert heard.deferred.is_due(now=101.0, after=1.0)
    await heard.all()
    assert not heard.deferred.is_due(now=1e9, after=1.0)
    for number in range(500):
        heard.word("a", number)
    assert heard.deferred.is_due(now=100.0, after=1.0)


@pytest.mark.parametrize(
    ("subject", "depends"),
    [
        ("app/token", True),
        ("enablement/token/company", True),
        ("app/token-2", False),
        ("app/tok", False),
        ("app/another", False),
        ("enablement/another/token", False),
        ("user/token", False),
        ("key/k", True),
        ("token/j", True),
        ("secret/s", True),
        ("app/\udcff", False),
    ],
)
def test_what_may_void_their_tokens_waits_for_them(subject: str, depends: bool) -> None:
    heard = Heard()
    change = RawRecord("fence", 9, 1, 1, subject.encode(errors="surrogateescape"), (), b"{}")
    assert not heard.deferred.depends_on(change)
    heard.word("a", 1)
    assert heard.deferred.depends_on(change) is depends
    assert not heard.deferred.depends_on(RawRecord("fence", 9, 1, 1, None, (), b"{}"))
