"""The HTTP API of the token service.

token_endpoint.py   POST /oauth2/v0/token, plain ASGI
published.py        the key set and the discovery documents
sandboxes.py  companies.py  users.py    administration
request_parts.py    the parameters and dependencies of routes
problems.py         this service's errors as HTTP answers
oauth_problems.py   renders errors from outside a use case in the form of the path's API
documented.py       additions to the OpenAPI document: the plain ASGI endpoints
    documented_form.py      the token endpoint's form
    documented_refusals.py  its refusals, from the register
"""
