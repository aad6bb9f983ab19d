"""What the owner of a topic remembers of strangers' records, while it keeps its last words."""

from types import SimpleNamespace
from typing import Any

from grantstream.contracts.topics import APP_MODIFIED
from grantstream.events.relaying.last_words import LastWords
from grantstream.testing import Mint


async def _known(_limit: float) -> None:
    return None


def _tombstone(key: bytes) -> Any:
    return SimpleNamespace(
        topic=APP_MODIFIED.name, key=key, value=None, headers=(), timestamp=1_800_000_000_000, timestamp_type=1
    )


async def test_a_key_that_no_aggregate_can_have_is_not_kept() -> None:
    words = LastWords("nowhere:9092", Mint().guard(), _known, None, (), source="urn:test", is_active=lambda: True)
    await words._take([_tombstone(b"k" * 1_000_000)])
    assert words._memory.suspect == 0
    await words._take([_tombstone(b"app-1")])
    assert words._memory.suspect == 1
