"""What registration keeps in PostgreSQL.

    queries.sql      every statement, named
    migrations/      numbered, only ever added to; run by `python -m services.registration migrate`
    schema.py        the migrations to run, the outbox included
    queries.py       the statements, loaded once
    apps.py          applications, their secrets included
    enablements.py   which company lets which application in
    paging.py        where a page of a list starts

The outbox's table belongs to `grantstream.events`.
"""
