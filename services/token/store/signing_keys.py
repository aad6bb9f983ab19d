"""Signing keys."""

import json
from typing import Any

from services.token.domain.signing_key import SigningAlgorithm, SigningKey
from services.token.store.queries import QUERIES


async def add(connection: Any, key: SigningKey) -> None:
    """Stores a new key."""
    await QUERIES.insert_signing_key(
        connection,
        kid=key.kid,
        alg=key.algorithm.value,
        private_pem=key.private_pem,
        public_jwk=json.dumps(key.public_jwk),
        created_at=key.created_at,
    )


async def find_all(connection: Any) -> list[SigningKey]:
    """Every key, retired ones too, the newest first."""
    return [_key(row) for row in await QUERIES.signing_keys(connection)]


async def find_all_locked(connection: Any) -> list[SigningKey]:
    """Every key, while nobody else makes any."""
    await QUERIES.lock_signing_keys(connection)
    return await find_all(connection)


def _key(row: Any) -> SigningKey:
    return SigningKey(
        kid=row["kid"],
        algorithm=SigningAlgorithm(row["alg"]),
        private_pem=row["private_pem"],
        public_jwk=json.loads(row["public_jwk"]),
        retired=row["retired"],
        version=row["version"],
        created_at=row["created_at"],
    )
