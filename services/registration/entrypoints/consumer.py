"""What registration does with the events of the token service."""

from collections.abc import Mapping
from typing import Final

from grantstream.contracts.events.token import CompanyRegistered, UserState
from grantstream.contracts.topics import COMPANY_REGISTERED, USER_MODIFIED, USER_REGISTERED
from grantstream.events.consuming.applying import Handler
from grantstream.events.consuming.received import ReceivedEnvelope
from grantstream.service.postgres import Connection
from services.registration.use_cases.project_company import project_company
from services.registration.use_cases.project_user import project_user

FOLLOWED: Final = (COMPANY_REGISTERED, USER_REGISTERED, USER_MODIFIED)
"""The topics of the events below."""

GROUP_ID: Final = "registration"
"""The consumer group of all worker processes."""


async def _company(connection: Connection, event: CompanyRegistered, _: ReceivedEnvelope) -> None:
    await project_company(connection, event)


async def _user(connection: Connection, event: UserState, _: ReceivedEnvelope) -> None:
    await project_user(connection, event)


HANDLERS: Final[Mapping[str, Handler]] = {
    "company.registered": _company,
    "user.registered": _user,
    "user.modified": _user,
}
"""By `ce_type`; the whole group is in one consumer."""
