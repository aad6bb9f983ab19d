"""Sends the brokers requests for which aiokafka's client has no method."""

import asyncio
import random
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError

_OWN_CONNECTION: Final = "questions"
"""A broker answers a connection's requests one after the other: on aiokafka's own connection, a consumer that waits for
records, or for the other members of its group, would delay the request."""


async def ask(client: AIOKafkaClient, request: Any, *, limit: float, broker: int | None = None) -> Any:
    """The answer of one broker to a request of aiokafka's protocol. Raises KafkaError or TimeoutError.

    `client` must have been started. `limit`: seconds for each broker asked. `broker`: the id of the one to ask; by
    default the first that answers, in any order: a dead broker is listed for a while.
    """
    brokers = [each.nodeId for each in client.cluster.brokers()] if broker is None else [broker]
    random.shuffle(brokers)
    fault: Exception = KafkaConnectionError("no broker is known")
    for each in brokers:
        try:
            async with asyncio.timeout(limit):
                return await client.send(each, request, group=_OWN_CONNECTION)
        except KafkaError as error:
            fault = error
        except TimeoutError as error:
            fault = error
            _drop_connection(client, each)
    raise fault


def _drop_connection(client: AIOKafkaClient, broker: int) -> None:
    """Makes the next request use a new connection: this one may have been dropped on the way without notice."""
    connection = client._conns.pop((broker, _OWN_CONNECTION), None)
    if connection is not None:
        connection.close()
