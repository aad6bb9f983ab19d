"""The projections of registration's applications and enablements: their whole newest states."""

from typing import Final

import orjson

from grantstream.contracts import subjects, topics
from grantstream.contracts.events.registration import AppState, EnablementState
from grantstream.contracts.events.state import AggregateState
from grantstream.events.consuming.projection import Projection


def _json_of(state: AggregateState) -> orjson.Fragment:
    return orjson.Fragment(state.model_dump_json(exclude=set(state.change_fields)))


APPS: Final = Projection[AppState](
    name="apps",
    table="app_projection",
    key=("app_id",),
    topics=(
        topics.APP_REGISTERED,
        topics.APP_MODIFIED,
        topics.APP_DELETED,
        topics.APP_REVIEWED,
        topics.SECRET_ROTATED,
    ),
    subject=subjects.app,
    row=lambda app: {"app_id": app.app_id, "state": _json_of(app)},
)

ENABLEMENTS: Final = Projection[EnablementState](
    name="enablements",
    table="enablement_projection",
    key=("app_id", "company_id"),
    topics=(topics.APP_ENABLED, topics.APP_DISABLED),
    subject=subjects.enablement,
    row=lambda enablement: {
        "app_id": enablement.app_id,
        "company_id": enablement.company_id,
        "state": _json_of(enablement),
    },
)

PROJECTIONS: Final = (APPS, ENABLEMENTS)
"""The worker maintains them, and the command `rebuild` rebuilds them."""
