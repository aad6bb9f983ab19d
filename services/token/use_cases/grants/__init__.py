"""What each grant adds to the shared phases of `issue_token.py`, and nothing else.

    all_grants.py           the register of those that exist
    grant.py                what the shared phases ask of a grant
    client_credentials.py   an application for itself
    password.py             a user, by login and password
    refresh_token.py        an earlier sign-in

A grant says on what grounds a token may be issued (`decide`), and, once the scopes are settled, which refresh token
goes with it (`refresh`). It never sees the client's credentials and cannot skip a shared check.
"""
