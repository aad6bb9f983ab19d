"""Users."""

from typing import Any

import asyncpg

from grantstream.contracts.events.token import UserModified
from grantstream.postgres.pool import Connection
from services.token.domain.login import as_user_id, login_key
from services.token.domain.user import User
from services.token.errors import LoginTaken
from services.token.store.sql import QUERIES


async def insert(connection: Connection, user: User) -> None:
    """Stores a new user. Raises LoginTaken."""
    try:
        await QUERIES.insert_user(
            connection,
            company_id=user.state.company_id,
            login_key=login_key(user.state.login),
            **_changing(user),
        )
    except asyncpg.UniqueViolationError as error:
        raise LoginTaken("this login is taken") from error


async def update(connection: Connection, user: User) -> None:
    """Stores a changed user, who must be locked."""
    await QUERIES.update_user(connection, **_changing(user))


async def find(connection: Connection, user_id: str) -> User | None:
    """The user with this id."""
    return _user(await QUERIES.user_by_id(connection, user_id=user_id))


async def lock(connection: Connection, user_id: str) -> User | None:
    """The user with this id, locked until the transaction ends."""
    return _user(await QUERIES.user_by_id_locked(connection, user_id=user_id))


async def find_by_username(connection: Connection, username: str) -> User | None:
    """The user whose login or id this is."""
    user_id = as_user_id(username)
    if user_id is not None:
        return await find(connection, user_id)
    return _user(await QUERIES.user_by_login(connection, login_key=login_key(username)))


async def keys(connection: Connection, after: str, limit: int) -> list[str]:
    """The ids of all users after the id `after`, at most `limit`."""
    return [row["user_id"] for row in await QUERIES.user_keys(connection, after=after, size=limit)]


async def page_of_company(connection: Connection, company_id: str, *, after: str, page_size: int) -> list[User]:
    """A company's users in the order of their ids, after the id `after` ("" for the first page)."""
    rows = await QUERIES.users_of_company(connection, company_id=company_id, after=after, page_size=page_size)
    return [_to_user(row) for row in rows]


def _changing(user: User) -> dict[str, Any]:
    return {
        "user_id": user.state.user_id,
        "password_hash": user.password_hash,
        "state": user.state.model_dump(mode="json"),
    }


def _user(row: Any) -> User | None:
    return None if row is None else _to_user(row)


def _to_user(row: Any) -> User:
    return User(state=UserModified.model_validate(row["state"]), password_hash=row["password_hash"])
