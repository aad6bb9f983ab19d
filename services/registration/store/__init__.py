"""The tables of registration in PostgreSQL.

    queries.sql      every statement, named
    migrations/      numbered, only ever added to; run by `python -m services.registration migrate`
    sql.py           loads both
    apps.py          applications with their secrets
    enablements.py   which company has enabled which application
    paging.py        where a page of a list starts

The outbox's table belongs to `grantstream.events`.
"""
