"""How HTTP reaches the token service.

token_endpoint.py   POST /oauth2/v0/token, plain ASGI
published.py        the key set and the discovery documents
sandboxes.py  companies.py  users.py    administration
request_parts.py    what a route needs of its request
problems.py         this service's errors as HTTP answers
oauth_problems.py   those that arise outside a use case, in the form that the path's clients expect
documented.py       what OpenAPI says of the endpoints that the framework never sees
    documented_form.py      the token endpoint's form
    documented_refusals.py  its refusals, from the register
"""
