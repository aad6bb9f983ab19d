"""The errors of this package; `failures.py` maps them to answers.

    ServiceError
    ├── BadSetting            a setting is missing or wrong; the process must not start
    ├── PortTaken             another program listens where this one should
    ├── PlatformUnreachable   a command can't follow the platform: no keys, or nobody on the fence
    ├── NoDeadLetter          a command names a dead letter that does not exist
    └── NoSuchChange          somebody asks how far a version has come that never was

What can go wrong with the database: `grantstream.postgres.errors`. The text of each is safe for logs. It never carries
values of rows or of settings.
"""


class ServiceError(Exception):
    """A service can't run or can't handle a request."""


class BadSetting(ServiceError):
    """Settings are missing or wrong; `names` are those of the environment variables."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in reasons.items()))
        self.names = tuple(reasons)


class PortTaken(ServiceError):
    """Another program listens on the server's address."""

    def __init__(self, host: str, port: int, setting: str) -> None:
        super().__init__(f"{host}:{port} is taken by another program; stop it, or choose another port with {setting}.")
        self.port = port


class PlatformUnreachable(ServiceError):
    """A command can't get the keys, or can't follow the fence."""

    def __init__(self) -> None:
        super().__init__("the token service gives no keys, or the brokers or the fence can't be followed: does it run?")


class NoDeadLetter(ServiceError):
    """A command names a dead letter that does not exist."""


class NoSuchChange(ServiceError):
    """The version does not exist."""
