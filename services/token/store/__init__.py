"""The tables of the token service in PostgreSQL: one module of named functions per aggregate.

    queries.sql           every statement, each with a name
    queries.py            that file, loaded
    migrations/           numbered, only ever added to; schema.py: which are run
    companies.py users.py login_attempts.py sign_up_attempts.py
    refresh_tokens.py     partitioned by month of expiry
    spent_assertions.py   ids of client assertions, each accepted once
    spent_dpop_proofs.py  ids of DPoP proofs, likewise
    issuer.py             the issuer that this database is bound to
    signing_keys.py       private keys, which never leave this service
    private_files.py      files of set-up that hold secrets

Every function takes the connection whose transaction it is part of.
"""
