"""The use cases of registration: one command a file, and the queries of one aggregate in another.

    register_app.py modify_app.py delete_app.py
    make_secret.py change_secrets.py
    set_enablement.py
    read_apps.py read_company_apps.py

    callers.py         authorizes callers
    app_change.py      the one function that changes an application
    newest_states.py   reads the newest state to publish it again
    precondition.py    If-Match
    parts.py           the parts that use cases work with

A command is one transaction: the new state and its events. Then it waits for the fence (`grantstream.service.change`).
"""
