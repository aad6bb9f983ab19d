"""The name by which a user signs in."""

import re
import uuid
from typing import Final

from grantstream.contracts.invalid_input import Fault, InvalidInput

MAX_LENGTH: Final = 254
_NO_SPACE: Final = re.compile(r"[^\s\x00-\x1f\x7f]+")


def checked_login(login: str) -> str:
    """The login as it is stored. Raises InvalidInput for an invalid one."""
    if not 3 <= len(login) <= MAX_LENGTH or not _NO_SPACE.fullmatch(login):
        raise InvalidInput(Fault("/login", f"must be 3 to {MAX_LENGTH} characters without spaces"))
    if as_user_id(login) is not None:
        # `username` may be a login or a user's id, so a login with the form of an id could mean another user.
        raise InvalidInput(Fault("/login", "must not have the form of a UUID"))
    return login


def login_key(login: str) -> str:
    """The key of a login: logins that differ only in case are the same."""
    return login.casefold()


def as_user_id(username: str) -> str | None:
    """The user id in `username`, or None if it is a login."""
    try:
        return str(uuid.UUID(username)) if len(username) == 36 else None
    except ValueError:
        return None
