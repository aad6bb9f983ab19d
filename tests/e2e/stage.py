"""The running platform as the tests reach it: its URLs, its processes, and whoever acts on it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.calls import Call, ask_token, get, send_json
from tests.e2e.client import Answer, Connection
from tests.e2e.processes import Process, every_process
from tests.e2e.secrets_seen import SecretsSeen
from tests.e2e.waiting import until

SERVICES = ("registration", "token", "receipts")
ADMIN_SCOPES = "openid app.read app.write company.read company.write user.read user.write"
ALL_GRANTS = ("password", "refresh_token", "client_credentials")


@dataclass(slots=True, kw_only=True)
class User:
    """A user who can sign in. `admin_token`: what they administer with."""

    company_id: str
    user_id: str
    login: str
    password: str = field(repr=False)
    admin_token: str = field(default="", repr=False)


@dataclass(slots=True)
class App:
    """A registered application with its newest secret."""

    app_id: str
    secret: str = field(repr=False)


class Stage:
    """Acts on the platform that `description` (what `platform.json` says) describes."""

    def __init__(self, description: Mapping[str, Any], *, workers: int) -> None:
        self.description = description
        self.workers = workers
        self.seen = SecretsSeen()
        self.base = Connection(description["base"], self.seen)
        self.seen.learn(description)

    def ask(self, call: Call) -> Answer:
        """Asks through the one base URL, as a partner does."""
        return self.base.ask(call)

    def connect(self, service: str) -> Connection:
        """A new connection to one of the processes of a service."""
        return Connection(self.description[service], self.seen)

    def processes(self, *services: str) -> list[Process]:
        """A connection to each HTTP process of these services, by default of all."""
        return [
            process
            for service in services or SERVICES
            for process in every_process(service, self.description[service], self.seen, workers=self.workers)
        ]

    def settled(self, answer: Answer, token: str) -> Answer:
        """An answered change, once it is in effect everywhere: at once, or (202) when its status URL says so."""
        if answer.status == 202:
            where = answer.headers["Location"]
            until(lambda: self.ask(get(where, token)).expect(200)["reached"], f"{where} is reached", seconds=30)
        return answer

    def open_company(self) -> User:
        """A new sandbox company with its administrator, signed in."""
        login = f"admin-{secrets.token_hex(6)}@e2e.example"
        made = self.ask(send_json("POST", "/sandboxes", None, {"companyName": "E2E", "login": login})).expect(201, 202)
        user = User(
            company_id=made["companyId"], user_id=made["userId"], login=made["login"], password=made["password"]
        )
        return self.sign_in(user)

    def sign_in(self, user: User, scope: str | None = ADMIN_SCOPES) -> User:
        """Gives a user a token to administer with."""
        client = self.description["admin_client"]
        answer = self.ask(
            ask_token(grant_type="password", username=user.login, password=user.password, scope=scope, **client)
        )
        user.admin_token = answer.expect(200)["access_token"]
        return user

    def staff(self) -> User:
        """The platform's review staff, signed in."""
        told = self.description["staff"]
        return self.sign_in(User(company_id="", user_id="", login=told["login"], password=told["password"]))

    def add_user(self, admin: User, *roles: str) -> User:
        """A new user of the administrator's company."""
        login = f"user-{secrets.token_hex(6)}@e2e.example"
        path = f"/companies/{admin.company_id}/users"
        made = self.ask(send_json("POST", path, admin.admin_token, {"login": login, "roles": list(roles)}))
        told = self.settled(made, admin.admin_token).expect(201, 202)
        return User(company_id=admin.company_id, user_id=told["userId"], login=login, password=told["password"])

    def register(self, admin: User, *scopes: str, grants: Sequence[str] = ALL_GRANTS, **fields: Any) -> App:
        """A new application of the administrator's company."""
        body = {"name": "E2E app", "scopes": list(scopes), "allowedGrants": list(grants)} | fields
        answer = self.settled(
            self.ask(send_json("POST", "/app-mgmt/v4/apps", admin.admin_token, body)), admin.admin_token
        )
        made = answer.expect(201, 202)
        return App(made["appId"], made["secret"]["value"])

    def set_enabled(self, admin: User, app: App, enabled: bool) -> Answer:
        """Enables or disables an application for the administrator's company."""
        return self.ask(enabling(admin, app, enabled))

    def modify(self, admin: User, app: App, **fields: Any) -> Answer:
        """Changes an application."""
        return self.ask(send_json("PATCH", f"/app-mgmt/v4/apps/{app.app_id}", admin.admin_token, fields))

    def new_secret(self, admin: User, app: App, **fields: Any) -> Answer:
        """Gives an application a new secret, which `app` takes over."""
        answer = self.ask(new_secret_call(admin, app, **fields))
        app.secret = answer.expect(200, 202)["value"]
        return answer

    def modify_user(self, admin: User, user: User, **fields: Any) -> Answer:
        """Changes a user of the administrator's company."""
        path = f"/companies/{user.company_id}/users/{user.user_id}"
        return self.ask(send_json("PATCH", path, admin.admin_token, fields))

    def token(self, app: App, user: User | None = None, scope: str | None = None) -> str:
        """An access token of the application, for a user or for itself."""
        call = password_call(app, user, scope) if user else own_call(app, scope)
        answer: str = self.ask(call).expect(200)["access_token"]
        return answer


def enabling(admin: User, app: App, enabled: bool) -> Call:
    """The order to enable or disable an application for the administrator's company."""
    path = f"/app-mgmt/v4/companies/{admin.company_id}/apps/{app.app_id}"
    return send_json("PUT", path, admin.admin_token, {"enabled": enabled})


def new_secret_call(admin: User, app: App, **fields: Any) -> Call:
    """The order to give an application a new secret."""
    return send_json("POST", f"/app-mgmt/v4/{app.app_id}/secrets", admin.admin_token, fields)


def password_call(app: App, user: User, scope: str | None = None) -> Call:
    """The application asks for a user's token."""
    return ask_token(
        grant_type="password",
        client_id=app.app_id,
        client_secret=app.secret,
        username=user.login,
        password=user.password,
        scope=scope,
    )


def own_call(app: App, scope: str | None = None) -> Call:
    """The application asks for a token of its own."""
    return ask_token(grant_type="client_credentials", client_id=app.app_id, client_secret=app.secret, scope=scope)


def refresh_call(app: App, refresh_token: str, scope: str | None = None) -> Call:
    """The application goes on with a sign-in of before."""
    return ask_token(
        grant_type="refresh_token",
        client_id=app.app_id,
        client_secret=app.secret,
        refresh_token=refresh_token,
        scope=scope,
    )
