"""Which keys of `key.published` are believed: those published with a token of a believed and current key.

The first ones are the keys that a process got at its start (docs/trust.md). A retired key vouches for old events, but
for no other key: else its thief could publish new keys. So each rotation publishes the retired keys again, signed by
the current one, and a new process knows each of them together with its standing.
"""

import logging
from dataclasses import dataclass

from grantstream.contracts.events.token import KeyPublished
from grantstream.guard.errors import EventRefused, KeyRefused
from grantstream.guard.event_rules import JudgedEvent
from grantstream.guard.guard import Guard
from grantstream.guard.kafka_record import KafkaRecord, judge_record
from grantstream.guard.key_set import KeySet
from grantstream.guard.key_standing import KeyStanding
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.guard.refusal_log import RefusalLog

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Endorsement:
    """The key that signed a record about a key, and the record's append time (epoch seconds)."""

    signer: str
    appended_at: float


class KeyTrust:
    """Updates a key set from `key.published`. Records may come in any order, and more than once."""

    def __init__(self, guard: Guard, keys: KeySet) -> None:
        self._guard = guard
        self._keys = keys
        self._added_by: dict[str, _Endorsement] = {}
        self._narrowed_by: dict[str, _Endorsement] = {}
        self._revoked: set[tuple[str, _Endorsement]] = set()
        """Endorsements that stopped counting, for good: else rereading might never end, each time first adding a key
        that ends its own signer, then removing it."""
        self._skipped = False
        self._learned = False
        self._refusals = RefusalLog(_log, "a key on key.published is not believed")

    def take(self, record: KafkaRecord) -> None:
        """Applies one record, if it may be believed. Never raises for what a stranger wrote."""
        try:
            event = judge_record(self._guard, record)
            # The key space was checked for the `kid` of the subject, so the key must have that `kid`.
            if isinstance(event.data, KeyPublished) and event.data.jwk.get("kid") == event.data.kid:
                self._take(event, event.data, record.timestamp / 1000)
        except EventRefused as refusal:
            self._skipped |= refusal.code is RefusalCode.KID_UNKNOWN
            self._refusals.warn(refusal.code)
        except KeyRefused as refusal:
            self._refusals.warn(str(refusal))
        except Exception as error:
            # The record is not believed, and the follower goes on: without it this process would learn no more keys.
            self._refusals.warn(type(error).__name__)

    def needs_reread(self) -> bool:
        """Whether a key was learned after a record of an unknown key was skipped. True only once.

        Then read the topic again from its start. (Keeping the records instead would let any producer fill the memory.
        Keys are few, and a producer that is not believed can't cause a reread.)
        """
        needed = self._learned and self._skipped
        self._learned = False
        if needed:
            self._skipped = False
        return needed

    def _take(self, event: JudgedEvent, key: KeyPublished, appended_at: float) -> None:
        endorsement = _Endorsement(event.claims.key_id, appended_at)
        if self._keys.standing(endorsement.signer) is not None:
            # No reason to warn: each old key was published by one that is retired now.
            _log.debug("a key on key.published is not believed: its signer is not current")
            return
        self._add(key, endorsement)
        if self._keys.find(key.kid) is None:
            return
        # A key can't announce its own end: its thief could do that, too.
        if endorsement.signer != key.kid:
            self._narrow(key, endorsement)

    def _add(self, key: KeyPublished, endorsement: _Endorsement) -> None:
        is_new = self._keys.find(key.kid) is None
        if is_new and (key.kid, endorsement) in self._revoked:
            return
        self._keys.add(key.jwk)
        if is_new:
            self._added_by[key.kid] = endorsement
            self._learned = True

    def _narrow(self, key: KeyPublished, endorsement: _Endorsement) -> None:
        if self._keys.narrow(key.kid, KeyStanding.from_event(key)):
            self._narrowed_by[key.kid] = endorsement
            self._revoke_endorsements_by(key.kid)

    def _revoke_endorsements_by(self, signer: str) -> None:
        """Undoes what a key signed after its end, which was learned only now, and all that depends on it."""
        standing = self._keys.standing(signer)
        if standing is None and self._keys.find(signer) is not None:
            return
        for kid, endorsement in list(self._narrowed_by.items()):
            if _is_revoked(endorsement, signer, standing):
                del self._narrowed_by[kid]
                self._keys.widen(kid)
                self._learned = self._skipped = True
        for kid, endorsement in list(self._added_by.items()):
            if _is_revoked(endorsement, signer, standing):
                _log.error("a key is no longer believed: its signer had ended before")
                del self._added_by[kid]
                self._revoked.add((kid, endorsement))
                self._keys.remove(kid)
                self._learned = self._skipped = True
                self._revoke_endorsements_by(kid)


def _is_revoked(endorsement: _Endorsement, signer: str, standing: KeyStanding | None) -> bool:
    """Whether an endorsement by this signer no longer counts; `standing` None: the signer is not believed at all."""
    if endorsement.signer != signer:
        return False
    return standing is None or standing.has_ended(endorsement.appended_at)
