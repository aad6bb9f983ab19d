"""docker-compose.yml as tests read it."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
OURS = "${GRANTSTREAM_IMAGE:-grantstream:local}"
ONE_SHOT = {"setup", "topics", "registration-migrate", "token-migrate", "receipts-migrate", "seed"}

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PRODUCT = {name: service for name, service in SERVICES.items() if service["image"] == OURS}
ROLES = sorted(set(PRODUCT) - ONE_SHOT)


def waits_for(name: str) -> dict[str, str]:
    """What a service waits for, and until when."""
    return {other: how["condition"] for other, how in SERVICES[name].get("depends_on", {}).items()}


def starts_before(name: str) -> set[str]:
    """Everything that has started before this service does; RecursionError if that goes round in a circle."""
    direct = set(waits_for(name))
    return direct.union(*(starts_before(other) for other in direct))


def interpolated(text: str) -> set[str]:
    """The variables that a text of the compose file is filled with, if they have no default."""
    return set(re.findall(r"\$\{([A-Z_0-9]+):\?", text))
