"""Generated once and kept: the first clients with the administration client, and passwords of databases."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from services.token.commands.init_clients import (
    AdminClient,
    FirstClients,
    init_clients,
    kept_admin_client,
    public_jwk,
)
from services.token.commands.private_files import kept, write_private

__all__ = ["AdminClient", "Generated", "ensure_generated", "kept_password", "public_jwk", "write_private"]


@dataclass(frozen=True, slots=True)
class Generated(FirstClients):
    """The generated files, and the clients' ids."""

    admin_client: AdminClient


def ensure_generated(state_dir: Path) -> Generated:
    """Make what is missing and keep what is there."""
    admin = kept_admin_client(state_dir)
    made = init_clients(state_dir, admin)
    return Generated(made.clients_file, made.client_ids, made.keys, admin)


def kept_password(state_dir: Path, name: str) -> str:
    """The password of that name, made on first use."""
    return kept(state_dir / "keys" / f"{name}.password", lambda: secrets.token_urlsafe(24))
