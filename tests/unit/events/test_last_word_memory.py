"""Which last records of a key are not to be believed."""

import tracemalloc

import pytest

from grantstream.events.relaying.last_word_memory import LastWordMemory, Word
from grantstream.events.relaying.last_word_settings import LastWordSettings
from grantstream.events.relaying.repair_pace import RepairPace

TOPIC, KEY = "app.modified", b"app"
ONE, TWO, OTHER_TWO, THREE = Word(1, 11), Word(2, 22), Word(2, 99), Word(3, 33)


def heard(*words: Word | str) -> LastWordMemory:
    memory = LastWordMemory()
    for word in words:
        if isinstance(word, Word):
            memory.accepted(TOPIC, KEY, word, now=0)
        else:
            memory.refused(TOPIC, KEY, word, now=0)  # type: ignore[arg-type]
    return memory


@pytest.mark.parametrize("words", [(ONE,), (ONE, TWO), (ONE, ONE), (TWO, ONE, TWO), (TWO, "refused", TWO),
                                   ("tombstone", ONE), (ONE, THREE, "refused", THREE)])  # fmt: skip
def test_the_newest_state_as_the_last_word_is_not_suspect(words: tuple[Word | str, ...]) -> None:
    assert heard(*words).suspect == 0


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((TWO, ONE), "older"),
        ((ONE, TWO, OTHER_TWO), "contradictory"),
        ((TWO, "refused"), "refused"),
        ((TWO, "tombstone"), "tombstone"),
        ((TWO, "refused", ONE), "older"),
        ((THREE, ONE, TWO), "older"),
        (("refused",), "refused"),
    ],
)
def test_any_other_last_word_is_suspect(words: tuple[Word | str, ...], fault: str) -> None:
    [suspicion] = heard(*words).suspicions()
    assert suspicion.fault == fault
    assert suspicion.said == (words[-1] if isinstance(words[-1], Word) else None)


def test_keys_and_topics_are_told_apart() -> None:
    memory = heard(TWO)
    memory.accepted(TOPIC, b"other", ONE, now=0)
    memory.accepted("app.registered", KEY, ONE, now=0)
    assert memory.suspect == 0
    assert memory.newest(TOPIC, KEY) == TWO
    assert memory.newest(TOPIC, b"unheard of") is None


def test_a_refused_record_does_not_change_the_newest_state() -> None:
    memory = heard(TWO, "refused")
    assert memory.newest(TOPIC, KEY) == TWO
    assert not memory.is_last_word(TOPIC, KEY, TWO)
    assert heard(TWO).is_last_word(TOPIC, KEY, TWO)


def test_a_checked_suspicion_does_not_remove_a_newer_one() -> None:
    memory = heard(TWO, ONE)
    [old] = memory.suspicions()
    memory.refused(TOPIC, KEY, "refused", now=5)
    memory.drop(old)
    memory.postpone(old, now=9)
    assert [(found.fault, found.since) for found in memory.suspicions()] == [("refused", 5)]


def test_a_key_takes_few_bytes_however_long_it_is() -> None:
    memory, keys = LastWordMemory(), 20_000
    tracemalloc.start()
    for number in range(keys):
        memory.accepted(TOPIC, b"x" * 100 + number.to_bytes(8), Word(5, number << 40 | 1 << 63), now=0)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(memory) == keys
    assert held / keys < 180, held / keys


def test_a_repair_waits_to_settle_and_again_to_repeat() -> None:
    memory = heard(TWO, ONE)
    pace = RepairPace(LastWordSettings(settle=2, repeat_after=60))
    [suspicion] = memory.suspicions()
    assert list(pace.due(memory.suspicions(), now=1.9)) == []
    assert list(pace.due(memory.suspicions(), now=2)) == [suspicion]
    pace.repaired(suspicion, now=2)
    assert list(pace.due(memory.suspicions(), now=61)) == []
    assert list(pace.due(memory.suspicions(), now=62)) == [suspicion]


def test_few_are_looked_into_at_a_time() -> None:
    memory = LastWordMemory()
    for number in range(50):
        memory.refused(TOPIC, str(number).encode(), "refused", now=0)
    pace = RepairPace(LastWordSettings(settle=0, repairs_at_a_time=20))
    due = list(pace.due(memory.suspicions(), now=0))
    assert [suspicion.key for suspicion in due] == [str(number).encode() for number in range(20)]
