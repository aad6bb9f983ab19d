"""The projection of applications."""

from collections.abc import Mapping, Sequence
from typing import Any

from grantstream.contracts import subjects
from grantstream.contracts.events.registration import AppState
from grantstream.events.consuming.projection_floors import refuse_below_floor
from services.token.domain.client import Client
from services.token.store.queries import QUERIES


async def find_client(connection: Any, app_id: str) -> Client | None:
    """The client that an application is. Raises RowBelowFloor."""
    row = await QUERIES.current_app(connection, app_id=app_id)
    if row is None:
        return None
    refuse_below_floor(subjects.app(app_id), row["version"], row["floor"])
    return Client.from_app(AppState.model_validate_json(row["state"]))


def row(state: AppState, content_sha256: bytes) -> Mapping[str, Any]:
    """What is stored of a state."""
    return {
        "app_id": state.app_id,
        "version": state.version,
        "content_sha256": content_sha256,
        "state": state.model_dump_json(exclude=set(state.change_fields)),
    }


async def upsert(connection: Any, state: AppState, content_sha256: bytes) -> bool:
    """Stores a state if it is newer than what is stored; whether it was."""
    return await QUERIES.upsert_app(connection, **row(state, content_sha256)) is not None


async def stored(connection: Any, state: AppState) -> Any:
    """`version` and `content_sha256` of what is stored."""
    return await QUERIES.stored_app(connection, app_id=state.app_id)


async def upsert_many(connection: Any, states: Sequence[AppState], contents: Sequence[bytes]) -> None:
    """`upsert` for several applications, in one statement."""
    rows = [row(state, content) for state, content in zip(states, contents, strict=True)]
    await QUERIES.upsert_apps(
        connection,
        app_ids=[each["app_id"] for each in rows],
        versions=[each["version"] for each in rows],
        contents=[each["content_sha256"] for each in rows],
        states=[each["state"] for each in rows],
    )


async def stored_many(connection: Any, states: Sequence[AppState]) -> Mapping[str, Any]:
    """What is stored of several applications, by subject."""
    app_ids = [state.app_id for state in states]
    return {subjects.app(found["app_id"]): found for found in await QUERIES.stored_apps(connection, app_ids=app_ids)}
