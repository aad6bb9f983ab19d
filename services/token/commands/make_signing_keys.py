"""The first start makes one key of each algorithm; every later start finds them."""

from grantstream.service.change import Changes
from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey
from services.token.store import signing_keys
from services.token.use_cases.generate_key import generate_key


async def ensure_signing_keys(changes: Changes) -> list[SigningKey]:
    """Makes and publishes what is missing. Returns the keys that were made.

    Processes that start at the same time take turns, and the later ones find what the first has made.
    """
    async with changes.begin() as change:
        existing = await signing_keys.lock_all(change.connection)
        present = {key.algorithm for key in existing if key.state is KeyState.CURRENT}
        made = [generate_key(algorithm, change.now) for algorithm in SigningAlgorithm if algorithm not in present]
        for key in made:
            await signing_keys.insert(change.connection, key)
            await change.publish(key.published_event())
    return made
