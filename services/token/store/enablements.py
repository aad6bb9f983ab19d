"""The projection of enablements."""

from collections.abc import Mapping, Sequence
from typing import Any

from grantstream.contracts import subjects
from grantstream.contracts.events.registration import EnablementState
from grantstream.events.consuming.projection_floors import refuse_below_floor
from services.token.domain.enablement import Enablement
from services.token.store.queries import QUERIES


async def find(connection: Any, app_id: str, company_id: str) -> Enablement | None:
    """One company's permission for one application. Raises RowBelowFloor."""
    row = await QUERIES.current_enablement(connection, app_id=app_id, company_id=company_id)
    if row is None:
        return None
    refuse_below_floor(subjects.enablement(app_id, company_id), row["version"], row["floor"])
    return Enablement.from_state(EnablementState.model_validate_json(row["state"]))


def row(state: EnablementState, content_sha256: bytes) -> Mapping[str, Any]:
    """What is stored of a state."""
    return {
        "app_id": state.app_id,
        "company_id": state.company_id,
        "version": state.version,
        "content_sha256": content_sha256,
        "state": state.model_dump_json(exclude=set(state.change_fields)),
    }


async def upsert(connection: Any, state: EnablementState, content_sha256: bytes) -> bool:
    """Stores a state if it is newer than what is stored; whether it was."""
    return await QUERIES.upsert_enablement(connection, **row(state, content_sha256)) is not None


async def stored(connection: Any, state: EnablementState) -> Any:
    """`version` and `content_sha256` of what is stored."""
    return await QUERIES.stored_enablement(connection, app_id=state.app_id, company_id=state.company_id)


async def upsert_many(connection: Any, states: Sequence[EnablementState], contents: Sequence[bytes]) -> None:
    """`upsert` for several enablements, in one statement."""
    rows = [row(state, content) for state, content in zip(states, contents, strict=True)]
    await QUERIES.upsert_enablements(
        connection,
        app_ids=[each["app_id"] for each in rows],
        company_ids=[each["company_id"] for each in rows],
        versions=[each["version"] for each in rows],
        contents=[each["content_sha256"] for each in rows],
        states=[each["state"] for each in rows],
    )


async def stored_many(connection: Any, states: Sequence[EnablementState]) -> Mapping[str, Any]:
    """What is stored of several enablements, by subject."""
    found = await QUERIES.stored_enablements(
        connection,
        app_ids=[state.app_id for state in states],
        company_ids=[state.company_id for state in states],
    )
    return {subjects.enablement(row["app_id"], row["company_id"]): row for row in found}
