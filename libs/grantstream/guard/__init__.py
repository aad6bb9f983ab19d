"""Who may do what: JWTs, scopes and the access decision, for HTTP requests and for Kafka records alike.

Any ASGI application or consumer can use it; it needs only a fence and a key set. It uses no database, and judging a
token sends no request.

    guard.py          the steps, in order: `Guard.authenticate`, `Guard.demand`, `Guard.read_event`
    access.py         `decide`: the user's permissions + the claims + the application's scopes
    jwt_parse.py      finds a token in a header, and parses it strictly
    token_rules.py    typ, alg, kid: which key verifies it; then its claims, which claim_types.py reads
    key_set.py        the public keys; key_standing.py: which tokens a retired or withdrawn key still vouches for
    remembered.py     tokens and windows of records already verified
    event_rules.py    what a Kafka record must be
    event_proof.py    that its producer wrote it
    kafka_record.py   from a consumed record to a judged event; faststream.py puts it in front of handlers
    asgi.py           adapter for ASGI and FastAPI; answers.py: refusals as HTTP answers
    refusal_codes.py  the register of codes
    errors.py         the tree of errors
    refusal_log.py    logs refused records without filling the log

The modules that apply these rules in a process (they do I/O, in the background):

    guarded_process.py  keys, guards and fence of one process; observer.py: for programs outside the platform
    jwks_client.py      the keys at the start; key_follower.py: keys that come and go afterwards
    key_trust.py        which of those are believed, and by whose signature
    fence_judge.py      which records of the fence may be believed

`grantstream.fence` knows which tokens are void; the token service mints them.
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
from grantstream.guard.guard import Guard, GuardLimits
from grantstream.guard.key_set import KeySet, VerificationKey
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
