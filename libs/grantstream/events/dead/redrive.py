"""Asking groups to take again what they have set aside.

What was wrong must have been put right first: the guard judges the event as before, by the time when it was appended,
and the group's handler must now be able to take it. Whoever asks needs the scope `dead.event.writeonly` and a key space
that covers `dead/{group}/...`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from grantstream.contracts.events.dead import DeadLetterEvent, EventRedriven, RedriveAsked
from grantstream.events.consuming.judging import CatchUpKeys
from grantstream.events.dead.dead_letter_marks import DeadLetterMarks
from grantstream.events.dead.dead_letter_reading import DeadLetter
from grantstream.events.dead.dead_letters import dead_letter_window
from grantstream.events.dead.mark_reading import read_marks
from grantstream.events.dead.source_records import open_sources
from grantstream.fence import CredentialSource
from grantstream.guard import Guard

_SOURCE: Final = "urn:grantstream:redrive"
_ASK_AGAIN: Final = 0.5

Outcome = Literal["asked", "gone", "redriven", "dead"]
"""`gone`: the topic keeps the event no more, so nobody was asked. `dead`: the group could not take it again, either."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What came of one dead letter."""

    letter: DeadLetter
    outcome: Outcome


async def redrive(
    bootstrap_servers: str, credentials: CredentialSource, letters: Sequence[DeadLetter]
) -> list[Redriven]:
    """Asks the groups of these dead letters to take their events; `asked` or `gone` for each, in order.

    Raises DeadLetterFailed, TopicsUnreadable and KafkaError.
    """
    async with open_sources(bootstrap_servers) as sources:
        asked = [RedriveAsked(**letter.place) for letter in letters]
        present = [await sources.find(each) is not None for each in asked]
    window = dead_letter_window(bootstrap_servers)
    try:
        marks = DeadLetterMarks(window, credentials, source=_SOURCE)
        await marks.append([each for each, is_there in zip(asked, present, strict=True) if is_there])
    finally:
        await window.close()
    return [
        Redriven(letter, "asked" if is_there else "gone") for letter, is_there in zip(letters, present, strict=True)
    ]


async def outcomes(
    bootstrap_servers: str,
    guard: Guard,
    asked: Sequence[Redriven],
    *,
    limit: float,
    catch_up_keys: CatchUpKeys | None = None,
) -> list[Redriven]:
    """What the groups made of it, waited for up to `limit` seconds; still `asked`: nothing was redriven by then."""
    end = asyncio.get_running_loop().time() + limit
    while True:
        marks = (await read_marks(bootstrap_servers, guard, catch_up_keys=catch_up_keys)).last
        redriven = [Redriven(each.letter, _outcome(each, marks.get(each.letter.subject))) for each in asked]
        if all(each.outcome != "asked" for each in redriven) or asyncio.get_running_loop().time() > end:
            return redriven
        await asyncio.sleep(_ASK_AGAIN)


def _outcome(asked: Redriven, mark: DeadLetterEvent | None) -> Outcome:
    if asked.outcome != "asked" or isinstance(mark, RedriveAsked):
        return asked.outcome
    return "redriven" if isinstance(mark, EventRedriven) else "dead"
