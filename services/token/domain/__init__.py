"""The token service's rules in plain Python: no I/O, no clock, no randomness; they come in as arguments.

    token_request.py     what a client asks of the token endpoint, as one typed value
    form.py              the strict reading of a form body
    token_answer.py      what it answers with
    client_authentication.py  how a client shows who it is
    client.py            an application or a system client, as this service sees it
    first_clients.py     the clients that exist before any application; system_clients.py: as set-up made them
    enablement.py        one company's permission for one application
    grounds.py           what a grant found out: on what grounds a token is issued
    scope_decision.py    which scopes and which audience a token gets
    signing_key.py       the keys that tokens are signed with
    user.py  company.py  people and their companies
    role_assignment.py   who may give and take which role
    login.py  password_policy.py  lockout.py
    refresh_token.py     families of refresh tokens: one use each, and what a second use means

Where rows are kept: `services.token.store`. In what order the rules are asked: `services.token.use_cases`.
"""
