"""The tables of the token service in PostgreSQL: one module of named functions per aggregate.

    queries.sql           every statement, each with a name
    migrations/           numbered, only ever added to
    sql.py                loads both
    companies.py users.py login_attempts.py sign_up_attempts.py
    refresh_tokens.py     partitioned by month of expiry
    spent_ids.py          ids of client assertions and DPoP proofs, each accepted once
    issuer.py             the issuer that this database is bound to
    signing_keys.py       private keys, which never leave this service

Every function takes the connection whose transaction it is part of.
"""
