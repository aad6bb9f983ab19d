"""The rules of registration in plain Python: no I/O, no clock, no randomness.

app.py                an application and its changes
app_details.py        its details, which its owner sets, with their rules
app_secrets.py        client secrets: making, overlapping, ending
key_space.py          the subjects whose events it may publish
narrowing.py          the tokens that a change voids
enablement.py         one company's permission for one application
permissions.py        which roles may do what, for which company; the scopes that only the staff assign
api_catalogue.py      the APIs to choose from, and what they need
redirect_uri.py       which redirect URIs are safe
company.py            a company, as far as registration needs it
"""
