"""The projection of the token service's users: it shows whose receipts a company's token may touch."""

from typing import Final

from grantstream.contracts import subjects
from grantstream.contracts.events.token import UserState
from grantstream.contracts.topics import USER_MODIFIED, USER_REGISTERED
from grantstream.events.consuming.projection import Projection

USERS: Final = Projection[UserState](
    name="users",
    table="known_user",
    key=("user_id",),
    topics=(USER_REGISTERED, USER_MODIFIED),
    subject=subjects.user,
    row=lambda user: {
        "user_id": user.user_id,
        "company_id": user.company_id,
        "active": user.active,
        "void_below": user.void_below.model_dump(mode="json"),
    },
)

PROJECTIONS: Final = (USERS,)
"""The worker maintains them, and the command `rebuild` rebuilds them."""
