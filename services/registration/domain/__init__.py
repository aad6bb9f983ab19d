"""The rules of registration in plain Python: no I/O, no clock, no randomness.

app.py                an application, and what can happen to it
app_details.py        what its owner says about it, with the rules for that
app_secrets.py        client secrets: making, overlapping, ending
review.py             what the staff decided about it
key_space.py          about which subjects it may write events
narrowing.py          which tokens a change makes void
enablement.py         one company's permission for one application
permissions.py        which roles may do what, for which company
scope_assignment.py   which scopes staff alone assign
api_catalogue.py      the APIs one can choose, and what they need
redirect_uri.py       which redirect URIs are safe
company.py            what registration goes by of a company
"""
