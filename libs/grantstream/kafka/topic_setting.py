"""The present value of one setting of a topic."""

from typing import Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, NoError, TopicAuthorizationFailedError, for_code
from aiokafka.protocol.admin import DescribeConfigsRequest

from grantstream.kafka.asking import ask

_TOPIC: Final = 2


async def topic_setting(client: AIOKafkaClient, topic: str, setting: str, *, limit: float) -> str | None:
    """The value that a broker gives; None if this client may not ask for it. Raises KafkaError or TimeoutError.

    `client` as for `ask`; `limit`: seconds for each broker asked.
    """
    answer = await ask(client, DescribeConfigsRequest([(_TOPIC, topic, [setting])]), limit=limit)
    [(code, _why, _kind, _name, entries)] = answer.resources
    error: type[KafkaError] = for_code(code)
    if error is TopicAuthorizationFailedError:
        return None
    if error is not NoError:
        raise error(topic)
    return next((str(value) for name, value, *_ in entries if name == setting), None)
