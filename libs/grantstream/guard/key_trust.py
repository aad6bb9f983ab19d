"""Which keys of `key.published` are believed: those on the word of a key that is believed, and current, itself.

It begins with the keys that a process was given at its start (docs/trust.md). A retired key vouches for old events, but
for no other key: else whoever stole one could bring in keys of his own. So each rotation publishes the retired ones
again, signed by the current key, and a fresh process knows each of them together with its standing.
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
class _Word:
    """On whose word something is believed, and when the broker took it (epoch seconds)."""

    signer: str
    appended_at: float


class KeyTrust:
    """Keeps a key set by what `key.published` tells. Records may come in any order, and more than once."""

    def __init__(self, guard: Guard, keys: KeySet) -> None:
        self._guard = guard
        self._keys = keys
        self._known_by: dict[str, _Word] = {}
        self._narrowed_by: dict[str, _Word] = {}
        self._taken_back: set[tuple[str, _Word]] = set()
        """Words on keys that were believed once and never will be again: else two looks could go on for ever, the first
        believing a key that tells of its own signer's end, the second not."""
        self._passed_over = False
        self._learned = False
        self._refusals = RefusalLog(_log, "a key on key.published is not believed")

    def take(self, record: KafkaRecord) -> None:
        """Takes in one record, if it may be believed. Never raises for what a stranger wrote."""
        try:
            event = judge_record(self._guard, record)
            # The key space was checked for the `kid` of the subject, so the key must be of that name.
            if isinstance(event.data, KeyPublished) and event.data.jwk.get("kid") == event.data.kid:
                self._take(event, event.data, record.timestamp / 1000)
        except EventRefused as refusal:
            self._passed_over |= refusal.code is RefusalCode.KID_UNKNOWN
            self._refusals.tell(refusal.code)
        except KeyRefused as refusal:
            self._refusals.tell(str(refusal))
        except Exception as error:
            # Whatever it is, it is not to be believed; without a follower this process would learn no key any more.
            self._refusals.tell(type(error).__name__)

    def wants_another_look(self) -> bool:
        """Whether a key came to be known after a record of an unknown one was passed over. Tells it once.

        Then the topic is to be read again from its start. (Keeping the records instead would let anybody who may append
        fill the memory. Keys are few; whoever is not believed can't cause another look.)
        """
        wanted = self._learned and self._passed_over
        self._learned = False
        if wanted:
            self._passed_over = False
        return wanted

    def _take(self, event: JudgedEvent, told: KeyPublished, appended_at: float) -> None:
        word = _Word(event.claims.key_id, appended_at)
        if self._keys.standing(word.signer) is not None:
            # Nothing to warn of: each key that ever was has been published by one that is retired now.
            _log.debug("a key on key.published is not believed on the word of one that is not current")
            return
        self._know(told, word)
        if self._keys.find(told.kid) is None:
            return
        # A key does not tell of its own end: whoever stole it could do that, too.
        if word.signer != told.kid:
            self._narrow(told, word)

    def _know(self, told: KeyPublished, word: _Word) -> None:
        is_new = self._keys.find(told.kid) is None
        if is_new and (told.kid, word) in self._taken_back:
            return
        self._keys.add(told.jwk)
        if is_new:
            self._known_by[told.kid] = word
            self._learned = True

    def _narrow(self, told: KeyPublished, word: _Word) -> None:
        if self._keys.narrow(told.kid, KeyStanding.told_by(told)):
            self._narrowed_by[told.kid] = word
            self._take_back_words_of(told.kid)

    def _take_back_words_of(self, signer: str) -> None:
        """What a key said that it was not entitled to, as is known only now, counts no more, nor what rests on that."""
        standing = self._keys.standing(signer)
        if standing is None and self._keys.find(signer) is not None:
            return
        for told, word in list(self._narrowed_by.items()):
            if _is_broken(word, signer, standing):
                del self._narrowed_by[told]
                self._keys.widen(told)
                self._learned = self._passed_over = True
        for told, word in list(self._known_by.items()):
            if _is_broken(word, signer, standing):
                _log.error("a key is believed no more, since the one that vouched for it had ended before")
                del self._known_by[told]
                self._taken_back.add((told, word))
                self._keys.remove(told)
                self._learned = self._passed_over = True
                self._take_back_words_of(told)


def _is_broken(word: _Word, signer: str, standing: KeyStanding | None) -> bool:
    """Whether a word of this signer counts no more; `standing` None: the signer is not believed at all now."""
    if word.signer != signer:
        return False
    return standing is None or standing.has_ended(word.appended_at)
