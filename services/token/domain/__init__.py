"""The token service's rules in plain Python: no I/O, no clock, no randomness; these come as arguments.

    token_request.py     a request to the token endpoint, as one typed value
    form.py              strict parsing of a form body
    token_answer.py      the token endpoint's answer
    client_authentication.py  how a client authenticates
    client.py            an application or a system client, as far as this service needs it
    first_clients.py     the clients that exist before any application; system_clients.py: their file
    enablement.py        one company's permission for one application
    grounds.py           the result of a grant: the grounds on which a token is issued
    scope_decision.py    which scopes and which audience a token gets
    signing_key.py       the keys that tokens are signed with
    user.py  company.py  users and their companies
    role_assignment.py   who may assign and remove which role
    login.py  password_policy.py
    refresh_token.py     families of refresh tokens: each token has one use; what a second use means

`services.token.store` stores rows; `services.token.use_cases` applies the rules.
"""
