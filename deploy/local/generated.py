"""What set-up makes once and keeps: private keys, the administration client's secret, and the list of system clients.

System clients are the platform's own programs. They are known to the token service by a file, since they must be able
to publish before any application has been registered.
"""

import base64
import hashlib
import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from grantstream.contracts.scope_catalogue import ADMINISTRATION_SCOPES, CATALOGUE, is_event_scope
from grantstream.contracts.topics import FENCE, TOPICS, Owner

ADMIN_CLIENT = "admin_client"
INSPECTOR = "cli"
KEY_SPACES: Mapping[str, tuple[str, ...]] = {
    "registration": ("app/*", "enablement/*", "secret/*"),
    "token": ("company/*", "user/*", "key/*", "grant/*", "token/*", "usage/*"),
    "receipts": ("receipt/*", "usage/*"),
    INSPECTOR: (),
}
"""What each client's events may be about."""


@dataclass(frozen=True)
class AdminClient:
    """The confidential client of local tools and of the demo."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Generated:
    """Where everything generated is, and the ids by which the clients are known."""

    clients_file: Path
    client_ids: Mapping[str, str]
    keys: Path
    admin_client: AdminClient

    def key_file(self, client: str) -> Path:
        """The PEM file with a client's private key."""
        return self.keys / f"{client}.pem"


def ensure_generated(state_dir: Path) -> Generated:
    """Make what is missing and keep what is there; the list is written anew, since its scopes follow the registers."""
    keys, clients_file = state_dir / "keys", state_dir / "system_clients.json"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    ids = {name: _known_ids(clients_file).get(name) or str(uuid.uuid4()) for name in (*KEY_SPACES, ADMIN_CLIENT)}
    secret = _kept(keys / f"{ADMIN_CLIENT}.secret", lambda: secrets.token_urlsafe(32))
    clients = [_key_client(name, ids[name], keys / f"{name}.pem") for name in KEY_SPACES]
    clients.append(_admin_client(ids[ADMIN_CLIENT], secret))
    write_private(clients_file, json.dumps({"clients": clients}, indent=2))
    return Generated(clients_file, ids, keys, AdminClient(ids[ADMIN_CLIENT], secret))


def kept_password(state_dir: Path, name: str) -> str:
    """The password of that name, made on first use."""
    return _kept(state_dir / "keys" / f"{name}.password", lambda: secrets.token_urlsafe(24))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)


def scopes_of(client: str) -> list[str]:
    """The event scopes a client gets: what it owns to write, or everything readable for the inspector."""
    if client == INSPECTOR:
        return sorted(name for name in CATALOGUE if is_event_scope(name) and name.endswith(".read"))
    owned = {topic.scope for topic in TOPICS.values() if Owner(client) in topic.owners}
    return sorted(owned | {FENCE.scope})


def public_jwk(pem: bytes) -> dict[str, Any]:
    """The public half of a P-256 key as a JWK, whose `kid` is its thumbprint (RFC 7638)."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("a client's key must be an elliptic curve key")
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return jwk | {"kid": _base64url(hashlib.sha256(members.encode()).digest()), "alg": "ES256", "use": "sig"}


def _key_client(name: str, client_id: str, key_file: Path) -> dict[str, Any]:
    pem = _kept(key_file, _new_key)
    return {
        "client_id": client_id,
        "name": name,
        "scopes": scopes_of(name),
        "key_space": list(KEY_SPACES[name]),
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [public_jwk(pem.encode())]},
        "grants": ["client_credentials"],
    }


def _admin_client(client_id: str, secret: str) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "name": ADMIN_CLIENT,
        "scopes": ["openid", *sorted(ADMINISTRATION_SCOPES)],
        "key_space": [],
        "token_endpoint_auth_method": "client_secret_basic",
        "secret_digest": f"sha256:{hashlib.sha256(secret.encode()).hexdigest()}",
        "grants": ["password"],
    }


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The file's text; if there is no file, it is made first."""
    if not path.exists():
        write_private(path, make())
    return path.read_text()


def _new_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _known_ids(clients_file: Path) -> dict[str, str]:
    if not clients_file.exists():
        return {}
    return {client["name"]: client["client_id"] for client in json.loads(clients_file.read_text())["clients"]}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
