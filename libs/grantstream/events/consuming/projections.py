"""An upsert that wins only if its version is newer, and what became of it.

The SQL of a projection, next to the service's other queries:

    -- name: upsert_app$
    insert into app (app_id, ..., version, content_sha256)
    values (:app_id, ..., :version, :content_sha256)
    on conflict (app_id) do update
        set ..., version = excluded.version, content_sha256 = excluded.content_sha256
        where app.version < excluded.version
    returning true;

    -- name: stored_app^
    select version, content_sha256 from app where app_id = :app_id;

and beside them, in the module of the aggregate, two functions that run them, for `project`:

    await project(connection, upsert=upsert_app, stored=stored_app, state=event)

A row that is as new or newer stays: so duplicates, events out of order and whole replays change nothing.
"""

import hashlib
from collections.abc import Awaitable, Mapping
from enum import StrEnum
from typing import Any, Protocol, TypeVar

import orjson

from grantstream.contracts.events.state import AggregateState
from grantstream.events.errors import ContradictoryEvent

StateT = TypeVar("StateT", bound=AggregateState, contravariant=True)


class Applied(StrEnum):
    """What an event did to a projection."""

    NEW = "applied"
    OLDER = "older"
    SAME = "same"


class Upsert(Protocol[StateT]):
    """Runs the upsert; something true if it wrote."""

    def __call__(self, connection: Any, state: StateT, content_sha256: bytes, /) -> Awaitable[Any]: ...


class Stored(Protocol[StateT]):
    """Reads `version` and `content_sha256` of the row that an upsert met."""

    def __call__(self, connection: Any, state: StateT, /) -> Awaitable[Mapping[str, Any] | None]: ...


async def project(connection: Any, *, upsert: Upsert[StateT], stored: Stored[StateT], state: StateT) -> Applied:
    """Takes a state into a projection, in the transaction of `connection`, and tells what became of it.

    Raises ContradictoryEvent if the stored row has the same version and other content.
    """
    content = content_sha256(state)
    if await upsert(connection, state, content):
        return Applied.NEW
    return judge_stored(await stored(connection, state), state, content)


def judge_stored(row: Mapping[str, Any] | None, state: AggregateState, content: bytes) -> Applied:
    """Why an upsert didn't write, from the row that it met. Raises ContradictoryEvent."""
    if row is None:
        raise RuntimeError(f"the upsert of {state.subject} wrote nothing and met nothing")
    if row["version"] > state.version:
        return Applied.OLDER
    if row["content_sha256"] != content:
        raise ContradictoryEvent(state.subject, state.version)
    return Applied.SAME


def content_sha256(state: AggregateState) -> bytes:
    """A digest of the whole state, the same for the same state whatever its event is called.

    Five events carry an application's state, and the owner may append any state again. Fields that have their default
    are left out, so that a field which is added to the contract changes no digest of what was stored before. So is what
    tells of the change alone, such as who made it.
    """
    content = state.model_dump(mode="json", exclude_defaults=True, exclude=set(state.change_fields))
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
