"""The tables that are made of registration's events, declared so that each can be made anew."""

from typing import Final

from grantstream.events.replay.declared_projection import Projection
from services.token.entrypoints.consumer import APP_TOPICS, ENABLEMENT_TOPICS, GROUP_ID
from services.token.store import apps, enablements

PROJECTIONS: Final = (
    Projection(
        name="apps",
        group_id=GROUP_ID,
        event_types=tuple(topic.name for topic in APP_TOPICS),
        table="app_projection",
        key=("app_id",),
        row=apps.row,
    ),
    Projection(
        name="enablements",
        group_id=GROUP_ID,
        event_types=tuple(topic.name for topic in ENABLEMENT_TOPICS),
        table="enablement_projection",
        key=("app_id", "company_id"),
        row=enablements.row,
    ),
)
"""Each by the name that the command `rebuild` takes."""
