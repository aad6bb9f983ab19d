"""`python3 -m deploy.compose_env`: writes `.env` for docker-compose.yml, with passwords for this installation.

Existing lines are kept, so that running it again after an upgrade adds only what is new. It needs only Python, since an
operator of containers may have no virtual environment.
"""

import base64
import secrets
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

ENV_FILE = Path(__file__).parents[1] / ".env"


def _password() -> str:
    return secrets.token_hex(24)


def _cluster_id() -> str:
    """16 bytes in base64url, Kafka's form of ids; a first `-` would look like an option to its tools."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


MADE: Mapping[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": _password,
    "REGISTRATION_PASSWORD": _password,
    "TOKEN_PASSWORD": _password,
    "RECEIPTS_PASSWORD": _password,
    "KAFKA_CLUSTER_ID": _cluster_id,
    "OBJECT_STORE_PASSWORD": _password,
    "GRAFANA_PASSWORD": _password,
}
"""The variables without a default in docker-compose.yml, and how each is made."""


def add_missing(text: str) -> str:
    """The content of an env file with a line for each name of MADE that it lacks."""
    known = {line.partition("=")[0].strip() for line in text.splitlines() if "=" in line}
    lines = [f"{name}={make()}\n" for name, make in MADE.items() if name not in known]
    if text and not text.endswith("\n"):
        text += "\n"
    return text + "".join(lines)


def write_env(path: Path) -> bool:
    """Bring the file up to date, readable by its owner only; returns whether anything was added."""
    before = path.read_text() if path.exists() else ""
    after = add_missing(before)
    path.touch(mode=0o600)
    path.chmod(0o600)
    if after != before:
        path.write_text(after)
    return after != before


if __name__ == "__main__":
    print(f"{ENV_FILE.name}: {'written' if write_env(ENV_FILE) else 'nothing to add'}")
