"""The demonstration: register, token, receipt, rotate, disable, enable. Each step is checked and printed."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from deploy.local.demo_client import AppCredentials, DemoClient, JsonObject, bearer
from deploy.local.errors import PlatformError
from deploy.local.steps import Steps

_ADMIN_SCOPES = "openid app.read app.write"


@dataclass(slots=True)
class Company:
    """The sandbox company of one demo run, and its administrator."""

    company_id: str
    user_id: str
    login: str
    password: str
    admin_token: str


@dataclass(slots=True)
class App:
    """A registered application."""

    app_id: str
    secret: str

    @property
    def credentials(self) -> AppCredentials:
        """Its id and secret."""
        return AppCredentials(self.app_id, self.secret)


def walk(platform: dict[str, Any], steps: Steps) -> None:
    """Runs the demonstration on a running platform; raises PlatformError at the first wrong result."""
    client = DemoClient(platform["base"])
    company = _sign_up(client, platform, steps)
    writer = _register(client, company, steps, "Taxi receipts", ["receipts.writeonly", "openid"])
    token = _user_token(client, company, writer, steps)
    receipt_url = _post(client, company, token, steps)
    _read_back(client, company, receipt_url, steps)
    _rotate(client, company, writer, steps)
    _disable(client, company, writer, token, steps)
    _enable_again(client, company, writer, token, steps)


def _sign_up(client: DemoClient, platform: dict[str, Any], steps: Steps) -> Company:
    login = f"admin-{secrets.token_hex(4)}@demo.example"
    with steps.step("A sandbox company and its administrator are created") as step:
        made = client.sign_up("Demo company", login)
        step.result(f"company {made['companyId']}, user {made['userId']}")
    admin = AppCredentials(**platform["admin_client"])
    with steps.step("The administrator signs in") as step:
        answer = DemoClient.expect(200, client.token(admin, made["login"], made["password"], _ADMIN_SCOPES))
        step.result(f"scope {answer['scope']}")
    return Company(made["companyId"], made["userId"], made["login"], made["password"], answer["access_token"])


def _register(client: DemoClient, company: Company, steps: Steps, name: str, scopes: list[str]) -> App:
    with steps.step(f"An app is registered with {' '.join(scopes)}") as step:
        made = client.register(company.admin_token, name, scopes)
        step.result(f"app {made['appId']}, enabled for its own company, secret shown once")
    return App(made["appId"], made["secret"]["value"])


def _user_token(client: DemoClient, company: Company, app: App, steps: Steps) -> str:
    with steps.step("The app gets a token for the administrator's user") as step:
        answer = DemoClient.expect(200, client.token(app.credentials, company.login, company.password))
        step.result(f"scope {answer['scope']}, {answer['expires_in']} s, with an id_token")
        if not answer.get("id_token"):
            raise PlatformError("The answer has no id_token though openid was granted.")
    return str(answer["access_token"])


def _post(client: DemoClient, company: Company, token: str, steps: Steps) -> str:
    with steps.step("It posts a receipt") as step:
        response = client.post_receipt(token, company.user_id, _receipt_body())
        DemoClient.expect(201, response)
        step.result(response.headers["Location"])
    return response.headers["Location"]


def _read_back(client: DemoClient, company: Company, receipt_url: str, steps: Steps) -> None:
    reader = _register(client, company, steps, "Receipt reader", ["receipts.read", "openid"])
    with steps.step("The reading app reads the receipt back") as step:
        answer = DemoClient.expect(200, client.token(reader.credentials, company.login, company.password))
        body = DemoClient.expect(200, client.http.get(receipt_url, headers=bearer(answer["access_token"])))
        receipt = body["receipt"]
        if receipt["total"] != _receipt_body()["total"]:
            raise PlatformError("The receipt that was read back is not the one that was posted.")
        step.result(f"total {receipt['total']} {receipt['currencyCode']}")


def _rotate(client: DemoClient, company: Company, app: App, steps: Steps) -> None:
    old = app.credentials
    with steps.step("The secret is rotated") as step:
        started = time.perf_counter()
        made = client.rotate_secret(company.admin_token, app.app_id)
        app.secret = made["value"]
        step.result(f"answered after {_ms(started)}")
    with steps.step("The old secret is refused") as step:
        refused = client.token(old, company.login, company.password)
        if refused.status_code == 200:
            raise PlatformError("The old secret was still taken after the rotation was answered.")
        step.result(f"{refused.status_code}, code {refused.json()['code']}: {refused.json()['error_description']}")
    with steps.step("The new secret is taken"):
        DemoClient.expect(200, client.token(app.credentials, company.login, company.password))


def _disable(client: DemoClient, company: Company, app: App, token: str, steps: Steps) -> None:
    with steps.step("The app is disabled for the company") as step:
        started = time.perf_counter()
        client.set_enabled(company.admin_token, company.company_id, app.app_id, enabled=False)
        step.result(f"answered after {_ms(started)}: from now on no process takes its tokens")
    with steps.step("The live, unexpired JWT is refused by the receipts service") as step:
        refused = client.post_receipt(token, company.user_id, _receipt_body())
        if refused.status_code != 401:
            raise PlatformError(f"A token of the disabled app was answered with {refused.status_code}, not 401.")
        step.result(f"401, {refused.headers['WWW-Authenticate']}")


def _enable_again(client: DemoClient, company: Company, app: App, old_token: str, steps: Steps) -> None:
    with steps.step("The app is enabled again") as step:
        started = time.perf_counter()
        client.set_enabled(company.admin_token, company.company_id, app.app_id, enabled=True)
        step.result(f"answered after {_ms(started)}")
    with steps.step("A new token works, the old one stays void") as step:
        answer = DemoClient.expect(200, client.token(app.credentials, company.login, company.password))
        new = client.post_receipt(answer["access_token"], company.user_id, _receipt_body())
        DemoClient.expect(201, new)
        old = client.post_receipt(old_token, company.user_id, _receipt_body())
        if old.status_code != 401:
            raise PlatformError(f"The old token was answered with {old.status_code}, not 401.")
        step.result("201 and 401")


def _ms(started: float) -> str:
    return f"{(time.perf_counter() - started) * 1000:.0f} ms"


def _receipt_body() -> JsonObject:
    return {
        "dateTime": "2026-11-20T18:30:00+01:00",
        "total": "42.50",
        "currencyCode": "EUR",
        "seller": {"name": "Harbour Taxi", "location": {"address": {"addressCountry": "DE"}}},
        "payments": [{"amount": "42.50"}],
    }
