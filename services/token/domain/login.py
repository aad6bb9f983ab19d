"""The name by which a user signs in."""

import re
import uuid
from typing import Final

from grantstream.contracts.invalid_input import Fault, InvalidInput

MAX_LENGTH: Final = 254
_NO_SPACE: Final = re.compile(r"[^\s\x00-\x1f\x7f]+")


def checked_login(login: str) -> str:
    """The login as it will be kept. Raises InvalidInput if it cannot be one."""
    if not 3 <= len(login) <= MAX_LENGTH or not _NO_SPACE.fullmatch(login):
        raise InvalidInput(Fault("/login", f"must be 3 to {MAX_LENGTH} characters without spaces"))
    if as_user_id(login) is not None:
        # `username` may be a login or a user's id; a login that reads like an id could stand in for somebody else.
        raise InvalidInput(Fault("/login", "must not have the form of a UUID"))
    return login


def login_key(login: str) -> str:
    """What makes a login unique: the same letters in another case are the same login."""
    return login.casefold()


def as_user_id(username: str) -> str | None:
    """The user id that a `username` is, or None if it is a login."""
    try:
        return str(uuid.UUID(username)) if len(username) == 36 else None
    except ValueError:
        return None
