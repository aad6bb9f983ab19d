"""The schemas, and the accepted kinds of receipts (Receipts API, sections 6.2 and 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

SCHEMA_PREFIX: Final = "http://schema.concursolutions.com/"
"""The prefix of a schema's identifier. It is a name, not an address; hence http."""

RECEIVABLE: Final = ("general-receipt.schema.json",)
"""The accepted kinds of receipts."""

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class SchemaRegister:
    """The schemas by their ids: parsed, and as the bytes of answers."""

    documents: Mapping[str, Mapping[str, Any]]
    texts: Mapping[str, bytes]

    @property
    def receipt_schemas(self) -> tuple[str, ...]:
        """The ids of the accepted kinds of receipts."""
        return RECEIVABLE

    @property
    def supporting_schemas(self) -> tuple[str, ...]:
        """The ids of the schemas that others refer to."""
        return tuple(schema_id for schema_id in sorted(self.documents) if schema_id not in RECEIVABLE)


def load_schemas() -> SchemaRegister:
    """Reads all schema files.

    Raises ValueError if a file's `$id` is not its name, FileNotFoundError if a kind of receipt has no file.
    """
    texts = {file.name: file.read_bytes() for file in sorted(_FOLDER.glob("*.schema.json"))}
    documents = {schema_id: orjson.loads(text) for schema_id, text in texts.items()}
    for schema_id, document in documents.items():
        if document["$id"] != identifier_of(schema_id):
            raise ValueError(f"{schema_id} calls itself {document['$id']}")
    missing = set(RECEIVABLE) - documents.keys()
    if missing:
        raise FileNotFoundError(f"no file for {', '.join(sorted(missing))}")
    return SchemaRegister(documents, texts)


def identifier_of(schema_id: str) -> str:
    """The identifier in Link headers and answers."""
    return SCHEMA_PREFIX + schema_id
