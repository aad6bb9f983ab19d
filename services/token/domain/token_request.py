"""What a client asks of the token endpoint: read once, and nobody reaches into the form afterwards."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final, NamedTuple

from services.token import errors
from services.token.domain.client_authentication import (
    AuthenticationMethod,
    PresentedAssertion,
    PresentedCredentials,
    PresentedSecret,
)
from services.token.domain.form import MalformedForm, decode_component, parse_form
from services.token.errors import TokenRefusal

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""The one `client_assertion_type` (RFC 7523, section 2.2)."""

_FORM: Final = "application/x-www-form-urlencoded"
_CREDENTIAL_NAMES: Final = frozenset({"client_secret", "client_assertion", "password", "refresh_token", "client_id"})


class TokenRequest(NamedTuple):
    """A request, parsed. `credentials` is how the client presents itself; `scope` is as it was written.

    The last four are what the grants ask for; None: not there.
    """

    grant_type: str
    credentials: PresentedCredentials
    scope: str | None
    resource: str | None
    credtype: str | None
    username: str | None
    password: str | None
    refresh_token: str | None

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"TokenRequest({self.grant_type!r})"


def parse_token_request(*, body: bytes, content_type: str, query: bytes, authorization: str | None) -> TokenRequest:
    """Reads a request. Raises TokenRefusal with the code that says what is wrong with its form."""
    _require_form(content_type)
    _refuse_credentials_in_url(query)
    form = _parsed(body)
    credentials = _credentials(form, authorization)
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise TokenRefusal(errors.GRANT_TYPE_MISSING)
    return TokenRequest(
        grant_type=grant_type,
        credentials=credentials,
        scope=form.get("scope"),
        resource=form.get("resource"),
        credtype=form.get("credtype"),
        username=form.get("username"),
        password=form.get("password"),
        refresh_token=form.get("refresh_token"),
    )


def _require_form(content_type: str) -> None:
    # Clients written by the documents of 2016 to 2018, and common HTTP libraries, add a charset. UTF-8 is what the
    # body is read as anyway; anything else would be a body that means something other than what we read.
    if content_type == _FORM:
        return
    media_type, _, parameter = content_type.partition(";")
    if media_type.strip().lower() == _FORM:
        name, _, value = parameter.strip().partition("=")
        if not parameter.strip() or (name.lower() == "charset" and value.strip('"').lower() == "utf-8"):
            return
    raise TokenRefusal(errors.UNSUPPORTED_FORMAT, "content-type")


def _refuse_credentials_in_url(query: bytes) -> None:
    # URLs end up in logs, histories and referrers (RFC 6749, section 2.3.1).
    if not query:
        return
    try:
        names = parse_form(query).keys()
    except MalformedForm as error:
        raise TokenRefusal(errors.UNSUPPORTED_FORMAT, "query") from error
    if names & _CREDENTIAL_NAMES:
        raise TokenRefusal(errors.UNSUPPORTED_FORMAT, "credentials in the URL")


def _parsed(body: bytes) -> dict[str, str]:
    try:
        return parse_form(body)
    except MalformedForm as error:
        raise TokenRefusal(errors.UNSUPPORTED_FORMAT, str(error)) from error


def _credentials(form: Mapping[str, str], authorization: str | None) -> PresentedCredentials:
    methods = (authorization is not None, "client_secret" in form, "client_assertion" in form)
    if sum(methods) > 1:
        # RFC 6749, section 2.3: one method in each request.
        raise TokenRefusal(errors.UNSUPPORTED_FORMAT, "more than one way to authenticate")
    if authorization is not None:
        return _from_basic(authorization, form.get("client_id"))
    if "client_assertion" in form or "client_assertion_type" in form:
        return _from_assertion(form)
    return _from_post(form)


def _from_post(form: Mapping[str, str]) -> PresentedSecret:
    client_id = form.get("client_id")
    if client_id is None:
        raise TokenRefusal(errors.CLIENT_ID_MISSING)
    secret = form.get("client_secret")
    if secret is None:
        raise TokenRefusal(errors.CLIENT_SECRET_MISSING)
    return PresentedSecret(client_id, AuthenticationMethod.CLIENT_SECRET_POST, secret)


def _from_basic(authorization: str, claimed: str | None) -> PresentedSecret:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise TokenRefusal(errors.CLIENT_CREDENTIALS_WRONG, "an authorization scheme other than Basic")
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")
        # RFC 6749, section 2.3.1: both halves are escaped like a form's values before they are joined.
        client_id, client_secret = decode_component(name), decode_component(secret)
    except (binascii.Error, ValueError) as error:
        raise TokenRefusal(errors.CLIENT_CREDENTIALS_WRONG, "malformed Basic credentials") from error
    if not colon or not client_id or (claimed is not None and claimed != client_id):
        raise TokenRefusal(errors.CLIENT_CREDENTIALS_WRONG, "Basic credentials name no client, or another one")
    if not client_secret:
        raise TokenRefusal(errors.CLIENT_SECRET_MISSING)
    return PresentedSecret(client_id, AuthenticationMethod.CLIENT_SECRET_BASIC, client_secret)


def _from_assertion(form: Mapping[str, str]) -> PresentedAssertion:
    assertion = form.get("client_assertion")
    if assertion is None:
        raise TokenRefusal(errors.CLIENT_SECRET_MISSING, "client_assertion is missing")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenRefusal(errors.CLIENT_CREDENTIALS_WRONG, "client_assertion_type")
    return PresentedAssertion(form.get("client_id"), assertion)
