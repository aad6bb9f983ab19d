"""The projection of enablements."""

from collections.abc import Mapping
from typing import Any

from grantstream.contracts.events.registration import EnablementState
from services.token.domain.enablement import Enablement
from services.token.store.queries import QUERIES


async def find(connection: Any, app_id: str, company_id: str) -> Enablement | None:
    """One company's permission for one application."""
    state = await QUERIES.enablement_state(connection, app_id=app_id, company_id=company_id)
    return None if state is None else Enablement.from_state(EnablementState.model_validate_json(state))


def row(state: EnablementState, content_sha256: bytes) -> Mapping[str, Any]:
    """What is stored of a state."""
    return {
        "app_id": state.app_id,
        "company_id": state.company_id,
        "version": state.version,
        "content_sha256": content_sha256,
        "state": state.model_dump_json(exclude=set(state.beside_the_state)),
    }


async def upsert(connection: Any, state: EnablementState, content_sha256: bytes) -> bool:
    """Stores a state if it is newer than what is stored; whether it was."""
    return await QUERIES.upsert_enablement(connection, **row(state, content_sha256)) is not None


async def stored(connection: Any, state: EnablementState) -> Any:
    """`version` and `content_sha256` of what is stored."""
    return await QUERIES.stored_enablement(connection, app_id=state.app_id, company_id=state.company_id)
