"""The table that is made of the token service's events, declared so that it can be made anew."""

from typing import Final

from grantstream.events.replay.declared_projection import Projection
from services.receipts.entrypoints.consumer import GROUP_ID
from services.receipts.store import users

PROJECTIONS: Final = (
    Projection(
        name="users",
        group_id=GROUP_ID,
        event_types=("user.registered", "user.modified"),
        table="known_user",
        key=("user_id",),
        row=users.row,
    ),
)
"""Each by the name that the command `rebuild` takes."""
