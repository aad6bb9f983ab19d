"""The token service's rules in plain Python: no I/O, no clock, no randomness; they come in as arguments.

    token_request.py     what a client asks of the token endpoint, as one typed value
    form.py              the strict reading of a form body
    client_credentials.py  how a client shows who it is
    client.py            an application or a system client, as this service sees it
    enablement.py        one company's permission for one application
    scope_decision.py    which scopes and which audience a token gets
    user.py  company.py  people and their companies
    login.py  password_policy.py  lockout.py
    refresh_token.py     families of refresh tokens: one use each, and what a second use means

Where rows are kept: `services.token.store`. In what order the rules are asked: `services.token.use_cases`.
"""
