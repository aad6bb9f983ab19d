"""Records that somebody who can write to the broker would plant, made of good ones that were read off the topics.

Each must end as a dead letter of every group that reads its topic, and change nothing anywhere.
"""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from grantstream.proof import Credential, ProofKey, prove
from tests.chaos.topic_log import Place

_SHOWN: Final = frozenset({"authorization", "event-proof", "event-proof-path"})

RawHeaders = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as it goes over the wire."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: RawHeaders


def unsigned(good: Raw, _: random.Random) -> Raw:
    """A newer state, with nothing that shows who wrote it."""
    return replace(_newer(good), headers=_attributes(good))


def altered(good: Raw, _: random.Random) -> Raw:
    """A newer state under the token and the proof of the older one."""
    return _newer(good)


def moved(good: Raw, rng: random.Random) -> Raw:
    """All that was written about one key, told about another."""
    return replace(good, key=b"moved-%08x" % rng.getrandbits(32))


def by_other_key(good: Raw, _: random.Random) -> Raw:
    """A newer state under a token that was read off the topic, proven with a key of one's own."""
    newer = replace(_newer(good), headers=_attributes(good))
    [shown] = prove(Credential(_token(good), ProofKey.generate()), [newer])
    return replace(newer, headers=newer.headers + shown)


def by_forged_token(good: Raw, rng: random.Random) -> Raw:
    """A newer state under the same claims, whose signature is somebody else's."""
    head, claims, signature = _token(good).split(".")
    # Not the last character, of which some bits say nothing.
    place = rng.randrange(len(signature) - 2)
    other = "A" if signature[place] != "A" else "B"
    token = ".".join((head, claims, signature[:place] + other + signature[place + 1 :]))
    newer = replace(_newer(good), headers=_attributes(good))
    [shown] = prove(Credential(token, ProofKey.generate()), [newer])
    return replace(newer, headers=newer.headers + shown)


def malformed(good: Raw, _: random.Random) -> Raw:
    """No event at all."""
    return replace(good, value=b"{", headers=[("ce_id", b"\xff"), ("content-type", b"text/plain")])


KINDS: Final[dict[str, Callable[[Raw, random.Random], Raw]]] = {
    "unsigned": unsigned,
    "altered": altered,
    "moved": moved,
    "by another key": by_other_key,
    "by a forged token": by_forged_token,
    "malformed": malformed,
}


@dataclass(slots=True)
class Planted:
    """Where each planted record stands."""

    places: dict[Place, str] = field(default_factory=dict)
    unsure: int = 0
    """Tries after which nobody knows whether the record is there: then the dead letters could not be counted."""

    def plant(self, bootstrap_servers: str, records: dict[str, Raw]) -> None:
        """Appends records, by the names of their kinds; each once."""
        asyncio.run(self._plant(bootstrap_servers, records))

    async def _plant(self, bootstrap_servers: str, records: dict[str, Raw]) -> None:
        # Idempotent, so that a retry of the client's own makes no second one whose place nobody knows.
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True)
        await producer.start()
        try:
            for kind, record in records.items():
                try:
                    sent: Any = await producer.send_and_wait(
                        record.topic, record.value, key=record.key, headers=record.headers
                    )
                except KafkaError:
                    self.unsure += 1
                else:
                    self.places[sent.topic, sent.partition, sent.offset] = kind
        finally:
            await producer.stop()


def _newer(good: Raw) -> Raw:
    content = json.loads(good.value or b"{}")
    return replace(good, value=json.dumps(content | {"version": content.get("version", 0) + 1000}).encode())


def _attributes(good: Raw) -> RawHeaders:
    return [(name, value) for name, value in good.headers if name not in _SHOWN]


def _token(good: Raw) -> str:
    return dict(good.headers)["authorization"].decode().removeprefix("Bearer ")
