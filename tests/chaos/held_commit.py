"""A commit that takes a while: the database works on it, and who asked for it has no answer yet.

A deferred trigger sleeps at the commit, if it was told to. Who is killed meanwhile never learns that the transaction
was committed, which it is all the same: the server finishes what it was asked for before it notices that nobody
listens.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

_POLL: Final = 0.005
_SLEEP: Final = 2.0
_MEANS: Final = f"""
create schema if not exists held;
create table if not exists held.armed (armed boolean);
create or replace function held.hold() returns trigger language plpgsql as $$
begin
    if exists (select from held.armed) then
        delete from held.armed;
        perform pg_sleep({_SLEEP});
    end if;
    return null;
end $$;
"""
_TRIGGER: Final = (
    "create constraint trigger held_commit after insert or update on {table} "
    "deferrable initially deferred for each row execute function held.hold()"
)
_IS_HELD: Final = (
    "select exists (select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep')"
)


async def make_holdable(dsn: str, table: str) -> None:
    """From now on commits of transactions that write to a table can be held."""
    async with _connected(dsn) as connection:
        await connection.execute(_MEANS)
        await connection.execute(f"drop trigger if exists held_commit on {table}")
        await connection.execute(_TRIGGER.format(table=table))


async def let_go(dsn: str, table: str) -> None:
    """No more of that."""
    async with _connected(dsn) as connection:
        await connection.execute(f"drop trigger if exists held_commit on {table}")


async def strike_while_held(dsn: str, strike: Callable[[], None], seconds: float) -> bool:
    """Holds the next commit and calls `strike` meanwhile; tells whether there was one in time."""
    async with _connected(dsn) as connection:
        await connection.execute("insert into held.armed values (true)")
        try:
            async with asyncio.timeout(seconds):
                while not await connection.fetchval(_IS_HELD):  # noqa: ASYNC110 - the state is the database's
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            return False
        else:
            strike()
            return True
        finally:
            await connection.execute("delete from held.armed")


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()
