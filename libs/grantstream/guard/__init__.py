"""Who may do what: JWTs, scopes and the access decision, for HTTP requests and for Kafka records alike.

It stands alone: any ASGI application or consumer can use it, with a fence and a key set and nothing else. It knows no
database, and no request leaves the process to have a token judged.

    guard.py          the steps, in order: `Guard.authenticate`, `Guard.demand`, `Guard.read_event`
    access.py         `decide`: the user's permissions + the claims + the application's scopes
    jwt_parse.py      the strict reading of a token; strict_json.py for its parts
    header_rules.py   typ, alg, kid: which key is asked
    token_rules.py    the claims; claim_types.py reads them
    key_set.py        the public keys; key_standing.py: for what those still vouch that are retired or withdrawn
    remembered.py     tokens already verified
    event_rules.py    what a Kafka record must be
    event_proof.py    that its producer wrote it; remembered_proofs.py: windows of records already verified
    kafka_record.py   from a consumed record to a judged event; faststream.py puts it in front of handlers
    asgi.py           adapter for ASGI and FastAPI; bearer.py reads the header, challenge.py writes the answer's
    answers.py        refusals as HTTP answers
    refusal_codes.py  the register of codes
    errors.py         the tree of errors
    limits.py         sizes and tolerances
    uncounted.py      for programs that count nothing
    refusal_log.py    telling of refused records without filling the log

Beside the rules, what puts them to work in a process (these do I/O, in the background):

    guarded_process.py  keys, guards and fence of one process; observer.py: for programs outside the platform
    jwks_client.py      the keys at the start; key_follower.py: keys that come and go afterwards
    key_trust.py        which of those are believed, and on whose word
    fence_judge.py      which records of the fence may be believed

Whether a token has been voided is known from `grantstream.fence`; who mints tokens is the token service.
"""

from grantstream.guard.access import Decision, Missing, Requirement, decide
from grantstream.guard.errors import (
    AccessDenied,
    EventRefused,
    GuardError,
    KeyRefused,
    Refusal,
    StaleGuard,
    TokenMissing,
    TokenRefused,
)
from grantstream.guard.event_rules import JudgedEvent
from grantstream.guard.guard import Guard
from grantstream.guard.key_set import KeySet, VerificationKey
from grantstream.guard.limits import GuardLimits
from grantstream.guard.refusal_codes import RefusalCode

__all__ = [
    "AccessDenied",
    "Decision",
    "EventRefused",
    "Guard",
    "GuardError",
    "GuardLimits",
    "JudgedEvent",
    "KeyRefused",
    "KeySet",
    "Missing",
    "Refusal",
    "RefusalCode",
    "Requirement",
    "StaleGuard",
    "TokenMissing",
    "TokenRefused",
    "VerificationKey",
    "decide",
]
