"""What registration knows of a company: a projection of the token service's `company.registered`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company. Its `sandbox` is a developer's; a Development Partner may register applications."""

    company_id: str
    version: int
    name: str
    domain: str
    development_partner: bool
    sandbox: bool
