"""`python -m services.<name> republish`: publishes the newest states of the service's own aggregates again.

    republish TOPIC KEY...    of these aggregates, on this topic, as far as its events can express them
    republish TOPIC --all     of all aggregates of the topic's kind
    republish --all           of all aggregates, each on the first topic that fits: enough for every projection

Needs one setting, the database: the service's worker publishes what this command appends to the outbox. Progress goes
to the standard error as lines of JSON, `{"done": ..., "of": ...}` counted in keys; the result, one JSON object, to the
standard output. Exit code 1: something is wrong, or a key is unknown, as a sentence on the standard error says.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import NoReturn

from grantstream.events.errors import EventsError
from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.events.relaying.republish import Republished, Wanted, republish
from grantstream.postgres.errors import DatabaseError, translated_errors
from grantstream.postgres.pool import opened_pool
from grantstream.service.errors import ServiceError
from grantstream.service.observing import DatabaseSettings, ProgressWriter
from grantstream.service.settings import event_source_of, settings_or_exit


class _WrongOrder(Exception):
    """The arguments name nothing that can be republished."""


def republish_or_exit(
    service: str, owned: Sequence[OwnedStates], topic: str | None, keys: Sequence[str], *, is_all: bool
) -> None:
    """Republishes what the arguments name, and ends the process with code 1 if not all of it could be."""
    try:
        wanted = wanted_of(service, owned, topic, keys, is_all=is_all)
    except _WrongOrder as error:
        _exit(str(error))
    settings = settings_or_exit(DatabaseSettings)
    try:
        found = asyncio.run(_republish(settings, wanted, event_source_of(service)))
    except (ServiceError, DatabaseError, EventsError) as error:
        _exit(f"not finished, and it does no harm to start again: {error}")
    sys.stdout.write(json.dumps(asdict(found)) + "\n")
    if found.unknown:
        _exit(f"{service} has no such aggregate: {', '.join(found.unknown)}")


def wanted_of(
    service: str, owned: Sequence[OwnedStates], topic: str | None, keys: Sequence[str], *, is_all: bool
) -> list[Wanted]:
    """What the arguments name. Raises an error with a sentence about what is wrong with them."""
    kinds = {each.name: (kind, each) for kind in owned for each in kind.topics}
    if not kinds:
        raise _WrongOrder(f"{service} owns no states, so there is nothing to republish")
    if topic is not None and topic not in kinds:
        raise _WrongOrder(f"{service} owns no topic of states {topic}; it owns {', '.join(kinds)}")
    if is_all == bool(keys):
        raise _WrongOrder("name keys, or give --all for all aggregates: one of both")
    if topic is None:
        return [Wanted(owned=kind, topics=kind.topics) for kind in owned]
    kind, on = kinds[topic]
    return [Wanted(owned=kind, topics=[on], keys=None if is_all else list(dict.fromkeys(keys)))]


async def _republish(settings: DatabaseSettings, wanted: Sequence[Wanted], source: str) -> Republished:
    async with (
        opened_pool(settings.postgres_dsn, application_name="republish", max_size=2) as pool,
        translated_errors(),
    ):
        return await republish(pool, wanted, source=source, progress=ProgressWriter("done"))


def _exit(why: str) -> NoReturn:
    sys.stderr.write(f"{why}\n")
    raise SystemExit(1)
