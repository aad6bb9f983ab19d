"""The tables that are made of the token service's events, declared so that each can be made anew."""

from typing import Final

from grantstream.events.replay.declared_projection import Projection
from services.registration.entrypoints.consumer import GROUP_ID
from services.registration.store import companies, users

PROJECTIONS: Final = (
    Projection(
        name="companies",
        group_id=GROUP_ID,
        event_types=("company.registered",),
        table="companies",
        key=("company_id",),
        row=companies.row,
    ),
    Projection(
        name="users",
        group_id=GROUP_ID,
        event_types=("user.registered", "user.modified"),
        table="users",
        key=("user_id",),
        row=users.row,
    ),
)
"""Each by the name that the command `rebuild` takes."""
