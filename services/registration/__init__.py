"""Registration: applications, their secrets, and which companies let them in.

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

Publishes app.registered, app.modified, app.deleted, app.reviewed, secret.rotated, app.enabled, app.disabled, and
beside each a record on the fence. Consumes company.registered, user.registered, user.modified.

Companies and users belong to the token service, which also issues all tokens; here are only projections of them.

    domain/        what an application and an enablement are, and every rule about them
    use_cases/     one order or question a file; one transaction each; the answer waits for the fence
    store/         queries.sql, migrations/, a module of named functions per aggregate
    entrypoints/   HTTP
    projections.py what is kept of other services' events
    bootstrap.py   the parts list
    settings.py    what the environment sets; errors.py: what is refused
"""
