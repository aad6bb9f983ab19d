"""The token service: who people and companies are, and the tokens that applications act with.

Owns companies, users and their permissions, families of refresh tokens, client assertions' ids, signing keys.

    POST  /oauth2/v0/token                        client_credentials, password, refresh_token
    GET   /oauth2/v0/jwks                         the public keys
    GET   /.well-known/openid-configuration       and /.well-known/oauth-authorization-server
    POST  /sandboxes                              a company to try things in
    GET, PATCH  /companies/{companyId}
    GET, POST   /companies/{companyId}/users
    GET, PATCH  /companies/{companyId}/users/{userId}      and /changes/{version} below each

Publishes company.registered, user.registered, user.modified, key.published, grant.revoked, and on the fence.
Follows app.* and secret.rotated, app.enabled and app.disabled.

    domain/        rules in plain Python
    use_cases/     what one can ask
    store/         SQL
    entrypoints/   HTTP
    projections.py what is kept of other services' events
    commands/      what operators run, such as `python -m services.token keys`
    bootstrap.py   the parts list
    settings.py    what the environment sets; errors.py: what is refused
"""
