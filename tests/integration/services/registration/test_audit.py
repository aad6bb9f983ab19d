"""Whatever was done to an application is told from the topics: by whom, and verified."""

from typing import Any

from grantstream.contracts.roles import Role
from grantstream.events.replay.audit import audit
from grantstream.testing import eventually
from tests.integration.services.registration.platform import Platform


async def ask(platform: Platform, method: str, path: str, headers: dict[str, str], body: Any = None) -> None:
    """One order, carried out and in effect."""
    answer = await platform.http.request(method, f"/app-mgmt/v4/{path}", headers=headers, json=body)
    assert answer.status_code < 300, answer.text
    told = answer.json() if answer.content else {}
    await platform.reached(told.get("status") if answer.status_code == 202 else None, headers)


async def test_each_change_names_the_user_or_client_who_made_it(platform: Platform) -> None:
    ada = await platform.administrator()
    ben = await platform.person(ada.company_id, Role.WEB_SERVICES_ADMINISTRATOR)
    staff = await platform.staff()
    app = await platform.registered(ada)
    app_id, own = app["appId"], platform.own_headers(app)
    enablement = f"companies/{ada.company_id}/apps/{app_id}"
    await ask(platform, "PATCH", f"apps/{app_id}", platform.headers(ben), {"name": "Renamed"})
    await ask(platform, "POST", f"{app_id}/secrets", own, {"overlapHours": 1})
    await ask(platform, "PATCH", f"apps/{app_id}", platform.headers(staff), {"reviewComplete": True})
    await ask(platform, "PUT", enablement, platform.headers(ben), {"enabled": False})
    await ask(platform, "DELETE", f"apps/{app_id}", platform.headers(ada))

    async def all_is_told() -> bool:
        return not await platform.pool.fetchval("select count(*) from outbox")

    await eventually(all_is_told)
    trail = await audit(
        app_id,
        bootstrap_servers=platform.settings.kafka_bootstrap_servers,
        guard=platform.process.event_guard,
        catch_up_keys=platform.process.catch_up_keys,
    )
    assert trail.is_sound, trail.failed
    assert [_told(line) for line in trail.lines if line.subject == f"app/{app_id}"] == [
        ("app.registered", 1, "user", ada.user_id),
        ("app.modified", 2, "user", ben.user_id),
        ("secret.rotated", 3, "client", app_id),
        ("app.reviewed", 4, "user", staff.user_id),
        ("app.deleted", 5, "user", ada.user_id),
    ]
    assert [_told(line) for line in trail.lines if line.subject != f"app/{app_id}"] == [
        ("app.enabled", 1, "user", ada.user_id),
        ("app.disabled", 2, "user", ben.user_id),
    ]
    assert {line.producer for line in trail.lines} == {platform.settings.client_id}
    assert "'Renamed'" in trail.lines[2].summary
    assert app["secret"]["value"] not in str(trail)
    assert "sha256" not in str(trail)


def _told(line: Any) -> tuple[str, int, str, str]:
    return line.event_type, line.version, line.actor.kind, line.actor.id
