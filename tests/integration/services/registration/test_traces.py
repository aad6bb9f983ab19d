"""The events of a change carry the trace of the request that asked for it."""

import pytest

from tests.integration.services.registration.platform import BODY, Platform
from tests.integration.services.registration.records import records_of

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(("sent", "carried"), [(TRACE, TRACE), ("not a trace", None), (None, None)])
async def test_events_of_a_change_carry_the_trace_of_its_request(
    platform: Platform, sent: str | None, carried: str | None
) -> None:
    admin = await platform.administrator()
    headers = platform.headers(admin) | ({} if sent is None else {"traceparent": sent})
    app = (await platform.http.post("/app-mgmt/v4/apps", json=BODY, headers=headers)).json()
    for topic, key in (
        ("app.registered", app["appId"]),
        ("app.enabled", f"{app['appId']}/{admin.company_id}"),
        ("fence", f"app/{app['appId']}"),
    ):
        [record] = await records_of(platform, topic, key)
        found = dict(record.headers).get("traceparent")
        assert (found.decode() if found else None) == carried, topic
