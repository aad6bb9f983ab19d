"""How parts of the document are named, and how one points at another (AsyncAPI 3.0.0, Reference Object)."""

import re
from typing import Any

Json = dict[str, Any]


def reference(*path: str) -> Json:
    """A reference to the part at `path`, each step escaped as RFC 6901, section 3 says."""
    return {"$ref": "#/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in path)}


def identifier(*words: str) -> str:
    """The name of a part, `sendAppRegistered` for `send` and `app.registered`: generators make identifiers of it."""
    first, *rest = (part for word in words for part in re.split(r"[^A-Za-z0-9]+", word))
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
