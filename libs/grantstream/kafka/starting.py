"""Starts a client of aiokafka; if it is cancelled meanwhile, it leaves no connection open.

aiokafka 0.14 closes its first connection if the broker's answer is an error or late, but not if the asking task is
cancelled: at a silent broker, each attempt would leave a socket. Commands, which end anyway, do without this.
"""

from collections.abc import Awaitable
from traceback import walk_tb

from aiokafka.conn import AIOKafkaConnection


async def started(starting: Awaitable[None]) -> None:
    """Awaits `client.start()`, and closes what a failed start forgets. Raises its errors."""
    try:
        await starting
    except BaseException as error:
        # Not from this frame on: reading its locals, `error` among them, would make a cycle of error and frame.
        for frame, _ in walk_tb(error.__traceback__ and error.__traceback__.tb_next):
            connection = frame.f_locals.get("bootstrap_conn")  # only a local variable of aiokafka refers to it
            if isinstance(connection, AIOKafkaConnection):
                connection.close()
        raise
