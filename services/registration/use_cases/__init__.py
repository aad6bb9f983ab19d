"""What one can ask of registration: one order or question a file.

    register_app.py modify_app.py delete_app.py
    make_secret.py change_secrets.py
    set_enablement.py
    read_apps.py read_company_apps.py read_change.py

    callers.py         whose request it is, and whether it may; secret_callers.py: for secrets
    app_change.py      the one way in which an application changes
    published_state.py what events say of it; newest_states.py: once more, after a record that is not to be believed
    precondition.py    If-Match
    parts.py           what every use case works with

An order is one transaction: the new state and its events. Then the fence is awaited (`grantstream.service.change`).
"""
