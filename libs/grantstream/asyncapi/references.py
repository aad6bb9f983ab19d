"""Names of the document's parts, and references between them (AsyncAPI 3.0.0, Reference Object)."""

import re
from typing import Any

Json = dict[str, Any]


def reference(*path: str) -> Json:
    """A reference to the part at `path`, each step escaped (RFC 6901, section 3)."""
    return {"$ref": "#/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in path)}


def identifier(*names: str) -> str:
    """The name of a part: `sendAppRegistered` for `send` and `app.registered`, an identifier for code generators."""
    first, *rest = (part for name in names for part in re.split(r"[^A-Za-z0-9]+", name))
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
