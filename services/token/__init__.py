"""The token service: companies, users, and the tokens of applications.

Owns companies, users and their permissions, families of refresh tokens, client assertions' ids, signing keys.

    POST  /oauth2/v0/token                        client_credentials, password, refresh_token
    GET   /oauth2/v0/jwks                         the public keys
    GET   /.well-known/openid-configuration       and /.well-known/oauth-authorization-server
    POST  /sandboxes                              opens a company for trials
    GET, PATCH  /companies/{companyId}
    GET, POST   /companies/{companyId}/users
    GET, PATCH  /companies/{companyId}/users/{userId}      and /changes/{version} below each

Publishes company.registered, user.registered, user.modified, key.published, grant.revoked, and records on the fence.
Consumes app.* and secret.rotated, app.enabled and app.disabled.

    domain/        rules in plain Python
    use_cases/     the use cases, one a file
    store/         SQL
    entrypoints/   HTTP
    projections.py the tables made from other services' events
    commands/      operators' commands, such as `python -m services.token keys`
    bootstrap.py   assembles the parts
    settings.py    the settings; errors.py: the errors
"""
