"""Every refusal has a code of its own and a status."""

from services.registration import errors
from services.registration.entrypoints.api.problems import problem_of

SAMPLES = (
    errors.NotDevelopmentPartner(),
    errors.StaffAssignedScopes(["receipts.write"]),
    errors.StaffOnlyFields(["visibility"], staff=False),
    errors.UnknownCaller(),
    errors.NotFound("application"),
    errors.AppNotAvailable(),
    errors.ReviewNotComplete(),
    errors.TooManySecrets(5),
    errors.SecretStillActive(),
    errors.StaleVersion(),
)


def _leaves(kind: type[errors.RegistrationError]) -> set[type[errors.RegistrationError]]:
    below = {leaf for child in kind.__subclasses__() for leaf in _leaves(child)}
    return below or {kind}


def test_every_refusal_has_a_status_and_its_own_code() -> None:
    assert {type(error) for error in SAMPLES} == _leaves(errors.RegistrationError)
    problems = [problem_of(error) for error in SAMPLES]
    assert len({problem.code for problem in problems}) == len(SAMPLES)
    assert [problem.status for problem in problems] == [403, 403, 403, 403, 404, 409, 409, 409, 400, 412]
