"""What the services agree on, and nothing else: plain data, no I/O, no clock.

    envelope.py         CloudEvents 1.0 in Kafka's binary binding
    topics.py           the register of topics: owner, key, partitions, cleanup, scope
    subjects.py         how an aggregate is named, in events and in key spaces
    events/             the events of each owner, with the full state and the version
    versions.py         the counters of aggregates, and their bounds
    many.py             lists in events
    no_op.py            the default of every callback: it does nothing
    void.py             "void below version N": which tokens a narrowed permission voids
    scopes.py           the algebra of scopes; scope_catalogue.py lists the known ones
    claims.py           what an access token carries, and the constants for judging it
    log_position.py     a position on the fence, as a token carries it
    roles.py            the permissions of users
    grants.py           grant types
    invalid_input.py    bad input, with the places that break a rule

How tokens are judged lives in `grantstream.guard`; how events travel in `grantstream.events`.
"""
