"""Creates the platform's own clients once: private keys, ids, and the list that the token service reads.

The list is a file, because these clients must publish before any application is registered.

    <state_dir>/system_clients.json       the list: public keys and digests, nothing secret
    <state_dir>/keys/<name>.pem           each client's private key
    <state_dir>/keys/admin_client.secret  the administration client's secret, where there is one
"""

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from services.token.commands.private_files import kept, write_private
from services.token.domain.first_clients import ADMIN_CLIENT, KEY_SPACES, administration_client, key_client
from services.token.domain.signing_key import SigningAlgorithm, published_jwk
from services.token.domain.system_clients import SystemClient

LIST_FILE: Final = "system_clients.json"
KEY_FILE: Final = "client.pem"
ID_FILE: Final = "grantstream_client_id"
"""Named like the setting, so that the folder can be a service's secrets folder."""


@dataclass(frozen=True, slots=True)
class AdminClient:
    """The administration client's credentials."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class FirstClients:
    """The files and the ids of the clients."""

    clients_file: Path
    client_ids: Mapping[str, str]
    keys: Path

    def key_file(self, client: str) -> Path:
        """The PEM file with a client's private key."""
        return self.keys / f"{client}.pem"


def init_clients(state_dir: Path, admin: AdminClient | None = None) -> FirstClients:
    """Creates missing clients and keeps existing ones; rewrites the list, because its scopes come from the registers.

    Without `admin` the list has no administration client, even if it had one before. Raises OSError.
    """
    keys, clients_file = _keys(state_dir), state_dir / LIST_FILE
    known = _known_ids(clients_file)
    ids = {name: known.get(name) or str(uuid.uuid4()) for name in KEY_SPACES}
    clients = [key_client(name, ids[name], _public_half(keys / f"{name}.pem")) for name in KEY_SPACES]
    if admin is not None:
        ids[ADMIN_CLIENT] = admin.client_id
        clients.append(administration_client(admin.client_id, _digest(admin.client_secret)))
    write_private(clients_file, _as_json(clients))
    return FirstClients(clients_file, ids, keys)


def kept_admin_client(state_dir: Path) -> AdminClient:
    """The administration client's credentials, created at first use; `init_clients` adds it to the list."""
    secret = kept(_admin_secret(state_dir), lambda: secrets.token_urlsafe(32))
    return AdminClient(_known_ids(state_dir / LIST_FILE).get(ADMIN_CLIENT) or str(uuid.uuid4()), secret)


def known_admin_client(state_dir: Path) -> AdminClient | None:
    """The administration client's credentials, if it is on the list."""
    client_id = _known_ids(state_dir / LIST_FILE).get(ADMIN_CLIENT)
    return None if client_id is None else AdminClient(client_id, _admin_secret(state_dir).read_text())


def hand_out(made: FirstClients, services: Path) -> None:
    """Writes each service's files to the folder of its name below `services`.

    The token service gets the list; each other one only its own key and id. Raises OSError.
    """
    for name in ("registration", "token", "receipts"):
        folder = services / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if name == "token":
            write_private(folder / LIST_FILE, made.clients_file.read_text())
        else:
            write_private(folder / KEY_FILE, made.key_file(name).read_text())
            write_private(folder / ID_FILE, made.client_ids[name])


def public_jwk(pem: bytes) -> dict[str, Any]:
    """The public half of a P-256 key as a JWK, whose `kid` is its thumbprint (RFC 7638)."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("a client's key must be an elliptic curve key")
    return published_jwk(ECAlgorithm.to_jwk(key.public_key(), as_dict=True), SigningAlgorithm.ES256)


def _public_half(key_file: Path) -> dict[str, Any]:
    return public_jwk(kept(key_file, _new_key).encode())


def _admin_secret(state_dir: Path) -> Path:
    return _keys(state_dir) / f"{ADMIN_CLIENT}.secret"


def _keys(state_dir: Path) -> Path:
    folder = state_dir / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _as_json(clients: list[SystemClient]) -> str:
    return json.dumps({"clients": [client.model_dump(mode="json", exclude_none=True) for client in clients]}, indent=2)


def _new_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _digest(secret: str) -> str:
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()}"


def _known_ids(clients_file: Path) -> dict[str, str]:
    if not clients_file.exists():
        return {}
    return {client["name"]: client["client_id"] for client in json.loads(clients_file.read_text())["clients"]}
