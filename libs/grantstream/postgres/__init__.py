"""A service's PostgreSQL database: its pool, transactions, statements and schema, and what its failures mean.

    pool.py        opening and closing a pool; `connection` and `transaction`; the types of both and of a row
    errors.py      what can go wrong with a database; the driver's errors translated into that
    passing.py     which of the driver's errors pass by themselves
    queries.py     named queries out of `.sql` files
    migrations.py  bringing a schema up to date; what is pending

It knows nothing of Kafka, of events or of who may do what, and works for any table. What lies beneath a permission
decision (`grantstream.guard`, `grantstream.fence`) needs no database, and so nothing from here.
"""
