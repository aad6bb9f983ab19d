"""What can go wrong in running a service; how requests are told of it: `failures.py`.

    ServiceError
    ├── BadSetting            a setting is missing or wrong; the process must not start
    ├── PortTaken             another program listens where this one should
    ├── PlatformUnreachable   a command can't follow the platform: no keys, or nobody on the fence
    ├── NoSuchChange          somebody asks how far a version has come that never was
    ├── MigrationFailed       the database's schema could not be brought up to date
    └── DatabaseError         a statement failed; the driver's error is its cause
        ├── DatabaseUnavailable   no connection, or not in time: trying again later may help
        ├── TransactionConflict   lost against another transaction: trying again at once may help
        └── ConstraintViolated    a rule of the schema forbids it; `constraint` names the rule

The text of each is safe for logs. It never carries values of rows or of settings.
"""


class ServiceError(Exception):
    """Something that a service needs to run is not as it must be."""


class BadSetting(ServiceError):
    """Settings are missing or wrong; `names` are those of the environment variables."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in reasons.items()))
        self.names = tuple(reasons)


class PortTaken(ServiceError):
    """Another program listens on the address that a server was to listen on."""

    def __init__(self, host: str, port: int, setting: str) -> None:
        super().__init__(f"{host}:{port} is taken by another program; stop it, or choose another port with {setting}.")
        self.port = port


class PlatformUnreachable(ServiceError):
    """A command can't know what the platform's processes know."""

    def __init__(self) -> None:
        super().__init__("the token service gives no keys, or the brokers or the fence can't be followed: does it run?")


class NoSuchChange(ServiceError):
    """A version that never was, or is not yet."""


class MigrationFailed(ServiceError):
    """The migration tool ended with an error; the text has its own words."""


class DatabaseError(ServiceError):
    """A statement failed."""


class DatabaseUnavailable(DatabaseError):
    """The database can't be reached, is starting or stopping, or takes too long."""


class TransactionConflict(DatabaseError):
    """Another transaction was in the way: a deadlock or a failed serialization."""


class ConstraintViolated(DatabaseError):
    """A constraint of the schema forbids the change."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"constraint {constraint} is violated")
        self.constraint = constraint
