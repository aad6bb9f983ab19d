"""`platform.json`: what runs where, for programs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.local.errors import PlatformError
from deploy.local.generated import write_private

FILE = "platform.json"

Description = dict[str, Any]
"""The file's content: `base`, `registration`, `token`, `receipts` (URLs), `kafka` (host:port), `postgres` (a DSN for
each service), `workers` (URLs of their health servers), `cli` (the command line's client and its key's file),
`admin_client`, and after seeding `sandbox` and `staff`. It holds passwords: only its owner can read it."""


def read_description(state_dir: Path) -> Description:
    """The file's content; raises PlatformError if no platform was started in this folder yet."""
    try:
        described: Description = json.loads((state_dir / FILE).read_text())
    except FileNotFoundError as error:
        raise PlatformError(f"There is no {state_dir / FILE}: start the platform first (`make up`).") from error
    return described


def write_description(state_dir: Path, news: Mapping[str, Any]) -> Description:
    """Merge `news` into the file, and return the whole."""
    path = state_dir / FILE
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
