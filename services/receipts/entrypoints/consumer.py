"""What receipts takes from Kafka: users, so that a company's token can be told whose receipts it may touch."""

from collections.abc import Mapping
from typing import Any, Final

from grantstream.contracts.events.token import UserState
from grantstream.contracts.topics import USER_MODIFIED, USER_REGISTERED
from grantstream.events.consuming.applying import Handler
from services.receipts.use_cases.project_user import project_user

FOLLOWED: Final = (USER_REGISTERED, USER_MODIFIED)
"""The topics of the events below."""

GROUP_ID: Final = "receipts"
"""The consumer group of all worker processes."""


async def _user_told(connection: Any, user: UserState, _envelope: object) -> None:
    await project_user(connection, user)


HANDLERS: Final[Mapping[str, Handler]] = {
    "user.registered": _user_told,
    "user.modified": _user_told,
}
"""By the type of event. Both tell the user's whole state, and the newer version wins."""
