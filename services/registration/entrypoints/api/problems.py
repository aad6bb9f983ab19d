"""Maps the errors of registration to problems (RFC 9457)."""

from typing import Final

from grantstream.events.errors import EventTooLarge
from grantstream.service.failures import FailureTable
from grantstream.service.problems import Problem
from services.registration import errors

_STATUS: Final[dict[type[errors.RegistrationError], int]] = {
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.SecretStillActive: 400,  # as the client secrets API documents it
    errors.StaleVersion: 412,
}


def failures() -> FailureTable:
    """The service's own entries in the table of failures."""
    return {errors.RegistrationError: problem_of, EventTooLarge: _event_too_large}


def problem_of(error: errors.RegistrationError) -> Problem:
    """The problem for an error; its nearest ancestor in the table has the status."""
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    return Problem(status, error.code, error.title, str(error), extra=error.extra())


def _event_too_large(_: EventTooLarge) -> Problem:
    return Problem(422, "application_too_large", "The application's data is too large for an event.")
