"""The projection of enablements."""

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
