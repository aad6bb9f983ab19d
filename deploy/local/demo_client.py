"""The HTTP calls of the demo, as a partner's program would make them."""

from dataclasses import dataclass
from typing import Any

import httpx

from deploy.local.errors import PlatformError

JsonObject = dict[str, Any]
SCHEMA = "http://schema.concursolutions.com/general-receipt.schema.json"


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """A client's id and secret."""

    client_id: str
    client_secret: str


class DemoClient:
    """Sends requests to the platform's one base URL."""

    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=30.0)

    def sign_up(self, company_name: str, login: str) -> JsonObject:
        """Creates a sandbox company with its administrator."""
        return self.expect(201, self.http.post("/sandboxes", json={"companyName": company_name, "login": login}))

    def token(self, client: AppCredentials, login: str, password: str, scope: str | None = None) -> httpx.Response:
        """Asks for a user's token by the password grant."""
        form = {
            "grant_type": "password",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "username": login,
            "password": password,
        }
        return self.http.post("/oauth2/v0/token", data=form | ({"scope": scope} if scope else {}))

    def register(self, admin: str, name: str, scopes: list[str]) -> JsonObject:
        """Registers an application for the administrator's company."""
        body = {
            "name": name,
            "description": f"{name}, made by the demo",
            "active": True,
            "apis": [],
            "sensitiveDataGroups": [],
            "scopes": scopes,
            "allowedGrants": ["password", "refresh_token", "client_credentials"],
            "redirectUris": [],
            "environment": "development",
        }
        return self.expect(201, self.http.post("/app-mgmt/v4/apps", json=body, headers=bearer(admin)))

    def rotate_secret(self, admin: str, app_id: str) -> JsonObject:
        """Gives an application a new secret; the old one ends at once."""
        return self.expect(200, self.http.post(f"/app-mgmt/v4/{app_id}/secrets", json={}, headers=bearer(admin)))

    def set_enabled(self, admin: str, company_id: str, app_id: str, *, enabled: bool) -> JsonObject:
        """Enables or disables an application for a company."""
        url = f"/app-mgmt/v4/companies/{company_id}/apps/{app_id}"
        return self.expect(200, self.http.put(url, json={"enabled": enabled}, headers=bearer(admin)))

    def post_receipt(self, token: str, user_id: str, receipt: JsonObject) -> httpx.Response:
        """Posts a general receipt."""
        headers = bearer(token) | {"Link": f"<{SCHEMA}>;rel=describedBy"}
        return self.http.post(f"/receipts/v4/users/{user_id}", json=receipt, headers=headers)

    @staticmethod
    def expect(status: int, response: httpx.Response) -> JsonObject:
        """The body of an answer with the expected status; raises PlatformError otherwise."""
        if response.status_code != status:
            raise PlatformError(
                f"{response.request.method} {response.request.url.path} answered {response.status_code},"
                f" not {status}: {response.text[:300]}"
            )
        body: JsonObject = response.json() if response.content else {}
        return body


def bearer(token: str) -> dict[str, str]:
    """The Authorization header (RFC 6750, section 2.1)."""
    return {"Authorization": f"Bearer {token}"}
