"""How the outside reaches the token service.

token_endpoint.py   POST /oauth2/v0/token, plain ASGI
published.py        the key set and the discovery documents
sandboxes.py  companies.py  users.py    administration
reached.py          answering once a change is effective everywhere
refusals.py         this service's errors as HTTP answers
consumer.py         registration's events
"""
