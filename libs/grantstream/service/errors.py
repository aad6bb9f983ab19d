"""The errors of this package; `failures.py` maps them to answers.

    ServiceError
    ├── BadSetting            a setting is missing or wrong; the process must not start
    ├── PortTaken             another program listens where this one should
    ├── PlatformUnreachable   a command can't get the keys, or can't follow the fence
    ├── NoSuchChange          a request for the progress of a version that does not exist
    ├── MigrationFailed       the database's schema could not be brought up to date
    └── DatabaseError         a statement failed; the driver's error is its cause
        ├── DatabaseUnavailable   no connection, or not in time: a later retry may help
        ├── TransactionConflict   lost against another transaction: an immediate retry may help
        └── ConstraintViolated    a constraint forbids it; `constraint` is its name

Their texts are safe for logs: they never hold values of rows or of settings.
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


class NoSuchChange(ServiceError):
    """The version does not exist."""


class MigrationFailed(ServiceError):
    """The migration tool failed; the text quotes it."""


class DatabaseError(ServiceError):
    """A statement failed."""


class DatabaseUnavailable(DatabaseError):
    """The database can't be reached, is starting or stopping, or takes too long."""


class TransactionConflict(DatabaseError):
    """A conflict with another transaction: a deadlock or a failed serialization."""


class ConstraintViolated(DatabaseError):
    """A constraint of the schema forbids the change."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"constraint {constraint} is violated")
        self.constraint = constraint
