"""Signing keys."""

import json
from typing import Any

from grantstream.postgres.pool import Connection
from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey
from services.token.store.sql import QUERIES


async def insert(connection: Connection, key: SigningKey) -> None:
    """Stores a new key."""
    await QUERIES.insert_signing_key(
        connection,
        kid=key.kid,
        alg=key.algorithm.value,
        private_pem=key.private_pem,
        public_jwk=json.dumps(key.public_jwk),
        state=key.state.value,
        version=key.version,
        created_at=key.created_at,
        updated_at=key.updated_at,
    )


async def update(connection: Connection, key: SigningKey) -> None:
    """Stores a changed key; `lock_all` must have read it in this transaction."""
    await QUERIES.update_signing_key(
        connection,
        private_pem=key.private_pem,
        state=key.state.value,
        version=key.version,
        retired_at=key.retired_at,
        withdrawn_at=key.withdrawn_at,
        updated_at=key.updated_at,
        kid=key.kid,
    )


async def find_all(connection: Connection) -> list[SigningKey]:
    """All keys, also retired ones, the newest first."""
    return [_key(row) for row in await QUERIES.signing_keys(connection)]


async def lock_all(connection: Connection) -> list[SigningKey]:
    """All keys, locked against changes until the transaction ends."""
    await QUERIES.lock_signing_keys(connection)
    return await find_all(connection)


async def keys(connection: Connection, after: str, limit: int) -> list[str]:
    """The ids (`kid`) of all keys after the id `after`, at most `limit`."""
    return [row["kid"] for row in await QUERIES.signing_key_ids(connection, after=after, size=limit)]


def _key(row: Any) -> SigningKey:
    return SigningKey(
        kid=row["kid"],
        algorithm=SigningAlgorithm(row["alg"]),
        private_pem=row["private_pem"],
        public_jwk=json.loads(row["public_jwk"]),
        state=KeyState(row["state"]),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        retired_at=row["retired_at"],
        withdrawn_at=row["withdrawn_at"],
    )
