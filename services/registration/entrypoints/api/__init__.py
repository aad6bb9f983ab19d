"""The HTTP API.

apps.py              /app-mgmt/v4/apps
app_secrets.py       /app-mgmt/v4/{appId}/secrets
company_apps.py      /app-mgmt/v4/companies/{companyId}/apps
api_catalogue.py     /app-mgmt/v4/apis

app_bodies.py secret_bodies.py   the bodies of requests
responses.py         the bodies of answers
answers.py           ETag, Location, Server-Timing, 202
conditions.py        If-Match and If-None-Match
pages.py             limit, cursor and the link to the next page
request_parts.py     the parameters and dependencies of routes
problems.py          the status of each error
"""
