"""How an aggregate is named: the `ce_subject` of events, the key of fence records, the entries of key spaces.

A subject is `kind/id` (`enablement/app_id/company_id` has two ids). The key of a record on a topic other
than the fence is the subject without its kind.
"""

from collections.abc import Iterable
from typing import Final

LONGEST_ID: Final = 100


def is_possible_id(value: str) -> bool:
    """Whether an id is short printable ASCII; a text column can't hold every id that a caller may send."""
    return len(value) <= LONGEST_ID and value.isascii() and value.isprintable()


def app(app_id: str) -> str:
    """The subject of an application."""
    return f"app/{app_id}"


def enablement(app_id: str, company_id: str) -> str:
    """The subject of one company's permission for one application."""
    return f"enablement/{app_id}/{company_id}"


def user(user_id: str) -> str:
    """The subject of a user."""
    return f"user/{user_id}"


def company(company_id: str) -> str:
    """The subject of a company."""
    return f"company/{company_id}"


def grant(grant_id: str) -> str:
    """The subject of a grant: a refresh family with all tokens issued from it."""
    return f"grant/{grant_id}"


def signing_key(key_id: str) -> str:
    """The subject of a signing key, by its `kid`."""
    return f"key/{key_id}"


def secret(secret_id: str) -> str:
    """The subject of a client secret."""
    return f"secret/{secret_id}"


def access_token(token_id: str) -> str:
    """The subject of one access token, by its `jti`."""
    return f"token/{token_id}"


def receipt(receipt_id: str) -> str:
    """The subject of a receipt."""
    return f"receipt/{receipt_id}"


def usage(name: str) -> str:
    """The subject of a usage counter."""
    return f"usage/{name}"


def instance(client_id: str, instance_id: str) -> str:
    """The subject of one running process; only its client may write about it."""
    return f"instance/{client_id}/{instance_id}"


def record_key(subject: str) -> str:
    """The Kafka key of a record about `subject` on any topic but the fence."""
    return subject.partition("/")[2]


def covers_kind(key_space: Iterable[str], kind: str) -> bool:
    """Whether a producer with `key_space` may write about every subject of a kind."""
    return any(entry.endswith("*") and f"{kind}/".startswith(entry[:-1]) for entry in key_space)


def touches_kind(key_space: Iterable[str], kind: str) -> bool:
    """Whether a producer with `key_space` may write about any subject of a kind."""
    return covers_kind(key_space, kind) or any(entry.startswith(f"{kind}/") for entry in key_space)


def within(subject: str, key_space: Iterable[str]) -> bool:
    """Whether a producer with `key_space` may write about `subject`.

    An entry is a whole subject, or a prefix followed by one `*`.
    """
    return any(subject.startswith(entry[:-1]) if entry.endswith("*") else subject == entry for entry in key_space)
