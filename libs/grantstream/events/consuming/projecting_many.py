"""A batch of states taken into a projection with two statements, and the same outcome as one by one.

    -- name: stored_apps
    select app_id, version, content_sha256 from app where app_id = any(:app_ids::text[]);

    -- name: upsert_apps!
    insert into app (app_id, ..., version, content_sha256)
    select * from unnest(:app_ids::text[], ..., :versions::bigint[], :contents::bytea[])
    on conflict (app_id) do update
        set ..., version = excluded.version, content_sha256 = excluded.content_sha256
        where app.version < excluded.version;

What no upsert may do twice to one row in a statement, this decides beforehand: of the states of one subject only the
newest is written, and two of one version that differ are found before anything is.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from grantstream.contracts.events.state import AggregateState
from grantstream.events.consuming.projections import content_sha256
from grantstream.events.errors import ContradictoryEvent

StateT = TypeVar("StateT", bound=AggregateState)
StateT_contra = TypeVar("StateT_contra", bound=AggregateState, contravariant=True)


class StoredMany(Protocol[StateT_contra]):
    """Reads `version` and `content_sha256` of the rows of these states that exist, by subject."""

    def __call__(
        self, connection: Any, states: Sequence[StateT_contra], /
    ) -> Awaitable[Mapping[str, Mapping[str, Any]]]: ...


class UpsertMany(Protocol[StateT_contra]):
    """Runs the upsert of states, each of another subject, with their digests."""

    def __call__(
        self, connection: Any, states: Sequence[StateT_contra], contents: Sequence[bytes], /
    ) -> Awaitable[object]: ...


async def project_many(
    connection: Any, *, upsert_many: UpsertMany[StateT], stored_many: StoredMany[StateT], states: Sequence[StateT]
) -> None:
    """Takes states in, in the transaction of `connection`. Raises ContradictoryEvent as `project` would, in any order.

    A row that somebody else writes meanwhile is met by the upsert alone: its version decides.
    """
    stored = await stored_many(connection, states)
    known = {subject: (row["version"], row["content_sha256"]) for subject, row in stored.items()}
    newest: dict[str, StateT] = {}
    for state in states:
        content = content_sha256(state)
        version, kept = known.get(state.subject, (0, b""))
        if version == state.version and kept != content:
            raise ContradictoryEvent(state.subject, state.version)
        if version < state.version:
            known[state.subject] = state.version, content
            newest[state.subject] = state
    if newest:
        await upsert_many(connection, list(newest.values()), [known[subject][1] for subject in newest])
