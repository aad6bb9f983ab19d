"""Open dead letters."""

from collections import Counter
from typing import Final

from aiokafka.errors import KafkaError

from grantstream.cli.doctor.finding import Finding, warning, well, wrong
from grantstream.cli.errors import CommandFailed
from grantstream.cli.observed import observed
from grantstream.cli.target import Target
from grantstream.events.dead.dead_letter_reading import DeadLetter, list_dead_letters
from grantstream.events.errors import EventsError

_KEYS_WITHIN: Final = 10.0
_MOST_KINDS: Final = 20
"""A producer of copies can write many, each of another kind."""


async def examine_letters(target: Target) -> list[Finding]:
    """Counts the dead letters that were neither processed since nor redriven."""
    try:
        async with observed(target) as process:
            await process.catch_up_keys(_KEYS_WITHIN)
            letters = await list_dead_letters(target.kafka, process.event_guard)
    except CommandFailed as error:
        return [wrong(str(error))]
    except (EventsError, KafkaError, OSError, TimeoutError) as error:
        return [wrong(f"The dead letters can't be read ({type(error).__name__}).")]
    return _judged([letter for letter in letters if letter.status == "dead"])


def _judged(letters: list[DeadLetter]) -> list[Finding]:
    if not letters:
        return [well("There are no open dead letters.")]
    kinds = Counter((letter.group, letter.topic, letter.reason) for letter in letters)
    more = len(kinds) - _MOST_KINDS
    rest = [warning(f"There are {more} kinds more; see `grantstream dead list`.")] if more > 0 else []
    return [
        warning(
            f"{count} event{'s' * (count > 1)} of {topic} could not be taken by {group} ({reason}): see `grantstream "
            "dead list`, mend the cause, and `grantstream dead redrive`."
        )
        for (group, topic, reason), count in kinds.most_common(_MOST_KINDS)
    ] + rest
