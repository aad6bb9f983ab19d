"""The projection of applications."""

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
