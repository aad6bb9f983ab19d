"""The files that a platform keeps: keys, clients and passwords, generated once, and `platform.json` for programs.

The only module of deploy/ that imports a service: the token service's own code makes its first clients.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.errors import PlatformError
from services.token.commands.init_clients import (
    AdminClient,
    FirstClients,
    init_clients,
    kept_admin_client,
)
from services.token.commands.private_files import kept, write_private

PLATFORM_FILE = "platform.json"

Description = dict[str, Any]
"""The content of `platform.json`: `base`, `registration`, `token`, `receipts` (URLs), `kafka` (host:port), `postgres`
(a DSN for each service), `workers` (URLs of their health servers), `cli` (the command line's client and its key's
file), `admin_client`, and after seeding `sandbox` and `staff`. It holds passwords: only its owner can read it."""


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


def read_description(state_dir: Path) -> Description:
    """The content of `platform.json`; raises PlatformError if no platform was started in this folder yet."""
    try:
        described: Description = json.loads((state_dir / PLATFORM_FILE).read_text())
    except FileNotFoundError as error:
        raise PlatformError(
            f"There is no {state_dir / PLATFORM_FILE}: start the platform first (`make up`)."
        ) from error
    return described


def write_description(state_dir: Path, news: Mapping[str, Any]) -> Description:
    """Merge `news` into `platform.json`, and return the whole."""
    path = state_dir / PLATFORM_FILE
    earlier = json.loads(path.read_text()) if path.exists() else {}
    described = merge(earlier, news)
    write_private(path, json.dumps(described, indent=2) + "\n")
    return described


def merge(earlier: Mapping[str, Any], news: Mapping[str, Any]) -> Description:
    """The newer of two descriptions, with what only the earlier one has.

    Seeding returns a password only when it creates the user, so an absent or null member never erases a known one.
    """
    merged = dict(earlier)
    for name, value in news.items():
        known = merged.get(name)
        if isinstance(value, Mapping):
            merged[name] = merge(known if isinstance(known, Mapping) else {}, value)
        elif value is not None:
            merged[name] = value
    return merged
