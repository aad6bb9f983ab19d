"""The upsert that `projections` asks for, in the database that it is for."""

import asyncio
import uuid

import asyncpg
from hypothesis import HealthCheck, given, settings

from grantstream.contracts.events.registration import AppState
from tests.integration.events.support import PROJECTION, project_app
from tests.unit.events.test_projections import replays


@given(replay=replays())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_and_any_duplication_gives_the_newest_row(
    database_dsn: str, replay: tuple[list[AppState], list[AppState]]
) -> None:
    history, seen = replay
    app_id = str(uuid.uuid4())

    async def take_all() -> tuple[int, str]:
        connection = await asyncpg.connect(database_dsn)
        await connection.execute(PROJECTION.replace("create table", "create table if not exists"))
        for state in seen:
            await project_app(connection, state.model_copy(update={"app_id": app_id}))
        row = await connection.fetchrow("select version, name from app where app_id = $1", app_id)
        await connection.close()
        return row["version"], row["name"]

    assert asyncio.run(take_all()) == (history[-1].version, history[-1].name)
