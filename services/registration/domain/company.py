"""A company, as far as registration needs it: a row of the projection of the token service's `company.registered`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company. `sandbox`: it is a developer's; a Development Partner may register applications."""

    company_id: str
    domain: str
    development_partner: bool
    sandbox: bool
