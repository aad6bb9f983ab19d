"""Registration: applications, their secrets, and the companies that enabled them.

Owns (database `registration`): applications with their scopes, grants, redirect URIs and the digests of their
secrets; enablements, one per application and company; the catalogue of APIs (domain/api_catalogue.py).

    POST GET                 /app-mgmt/v4/apps
    GET PATCH DELETE         /app-mgmt/v4/apps/{appId}
    GET                      /app-mgmt/v4/apps/{appId}/changes/{version}
    GET POST                 /app-mgmt/v4/{appId}/secrets
    PATCH DELETE             /app-mgmt/v4/{appId}/secrets/{secretId}
    GET                      /app-mgmt/v4/companies/{companyId}/apps?status=available|enabled
    GET PUT                  /app-mgmt/v4/companies/{companyId}/apps/{appId}
    GET                      /app-mgmt/v4/companies/{companyId}/apps/{appId}/changes/{version}
    GET                      /app-mgmt/v4/apis

Publishes app.registered, app.modified, app.deleted, app.reviewed, secret.rotated, app.enabled, app.disabled, and with
each a record on the fence. Consumes company.registered, user.registered, user.modified.

Companies and users belong to the token service, which also issues all tokens; this service has projections of them.

    domain/        applications and enablements, and every rule about them
    use_cases/     one command or query a file; one transaction each; the answer waits for the fence
    store/         queries.sql, migrations/, a module of named functions per aggregate
    entrypoints/   HTTP
    projections.py the tables made from other services' events
    bootstrap.py   assembles the parts
    settings.py    the settings; errors.py: the errors
"""
