-- name: insert_app!
-- A new application.
INSERT INTO apps (
    app_id, company_id, company_domain, name, description, active, apis, sensitive_data_groups, scopes,
    allowed_grants, redirect_uris, environment, review_complete, visibility, suspended, deleted,
    token_endpoint_auth_method, secrets, void_below, version, created_at, updated_at
) VALUES (
    :app_id, :company_id, :company_domain, :name, :description, :active, :apis, :sensitive_data_groups, :scopes,
    :allowed_grants, :redirect_uris, :environment, :review_complete, :visibility, :suspended, :deleted,
    :token_endpoint_auth_method, :secrets, :void_below, :version, :created_at, :updated_at
);

-- name: update_app!
-- An application after a change; its row is locked by `lock_app` in the same transaction.
UPDATE apps SET
    name = :name, description = :description, active = :active, apis = :apis,
    sensitive_data_groups = :sensitive_data_groups, scopes = :scopes, allowed_grants = :allowed_grants,
    redirect_uris = :redirect_uris, environment = :environment, review_complete = :review_complete,
    visibility = :visibility, suspended = :suspended, deleted = :deleted,
    token_endpoint_auth_method = :token_endpoint_auth_method, secrets = :secrets, void_below = :void_below,
    version = :version, updated_at = :updated_at
WHERE app_id = :app_id;

-- name: get_app^
-- One application, a deleted one included.
SELECT * FROM apps WHERE app_id = :app_id;

-- name: lock_app^
-- One application, held until the transaction ends: its version is counted under this lock.
SELECT * FROM apps WHERE app_id = :app_id FOR UPDATE;

-- name: share_app^
-- One application that must not change until the transaction ends; many may hold it so at a time.
SELECT * FROM apps WHERE app_id = :app_id FOR SHARE;

-- name: apps_of_company
-- A page of a company's own applications, inactive ones included.
SELECT * FROM apps
WHERE company_id = :company_id AND NOT deleted AND (created_at, app_id) > (:after_created_at, :after_app_id)
ORDER BY created_at, app_id
LIMIT :size;

-- name: apps_of_all
-- A page of every company's applications, for the staff.
SELECT * FROM apps
WHERE NOT deleted AND (created_at, app_id) > (:after_created_at, :after_app_id)
ORDER BY created_at, app_id
LIMIT :size;

-- name: available_apps
-- A page of what a company may enable, with whether it has.
SELECT apps.*, coalesce(enablements.enabled, false) AS enabled
FROM apps LEFT JOIN enablements ON enablements.app_id = apps.app_id AND enablements.company_id = :company_id
WHERE (apps.company_id = :company_id OR apps.visibility = 'public')
    AND apps.active AND NOT apps.suspended AND NOT apps.deleted
    AND (apps.created_at, apps.app_id) > (:after_created_at, :after_app_id)
ORDER BY apps.created_at, apps.app_id
LIMIT :size;

-- name: enabled_apps
-- A page of what a company has enabled, whatever became of it since, short of deletion.
SELECT apps.*, enablements.enabled
FROM enablements JOIN apps ON apps.app_id = enablements.app_id
WHERE enablements.company_id = :company_id AND enablements.enabled AND NOT apps.deleted
    AND (apps.created_at, apps.app_id) > (:after_created_at, :after_app_id)
ORDER BY apps.created_at, apps.app_id
LIMIT :size;

-- name: make_enablement!
-- The row that `lock_enablement` will hold; two first enablings at once meet here and wait for one another.
INSERT INTO enablements (app_id, company_id, enabled, void_below, version, updated_at)
VALUES (:app_id, :company_id, false, '{}', 0, :now)
ON CONFLICT DO NOTHING;

-- name: get_enablement^
-- One company's permission for one application.
SELECT * FROM enablements WHERE company_id = :company_id AND app_id = :app_id;

-- name: lock_enablement^
-- The same, held until the transaction ends.
SELECT * FROM enablements WHERE company_id = :company_id AND app_id = :app_id FOR UPDATE;

-- name: update_enablement!
-- A permission after a change.
UPDATE enablements
SET enabled = :enabled, void_below = :void_below, version = :version, updated_at = :updated_at
WHERE company_id = :company_id AND app_id = :app_id;

-- name: upsert_company$
-- A company as an event tells it, unless a newer version is here; gives back the version it wrote.
INSERT INTO companies (company_id, version, name, domain, development_partner, sandbox, content_sha256)
VALUES (:company_id, :version, :name, :domain, :development_partner, :sandbox, :content_sha256)
ON CONFLICT (company_id) DO UPDATE SET
    version = excluded.version, name = excluded.name, domain = excluded.domain,
    development_partner = excluded.development_partner, sandbox = excluded.sandbox,
    content_sha256 = excluded.content_sha256
WHERE companies.version < excluded.version
RETURNING version;

-- name: get_company^
-- One company.
SELECT * FROM companies WHERE company_id = :company_id;

-- name: upsert_user$
-- A user as an event tells it, unless a newer version is here; gives back the version it wrote.
INSERT INTO users (user_id, version, company_id, roles, active, content_sha256)
VALUES (:user_id, :version, :company_id, :roles, :active, :content_sha256)
ON CONFLICT (user_id) DO UPDATE SET
    version = excluded.version, company_id = excluded.company_id, roles = excluded.roles, active = excluded.active,
    content_sha256 = excluded.content_sha256
WHERE users.version < excluded.version
RETURNING version;

-- name: get_user^
-- One user.
SELECT * FROM users WHERE user_id = :user_id;

-- name: is_relayed$
-- Whether nothing about a subject waits in the outbox any more.
SELECT NOT EXISTS (SELECT FROM outbox WHERE ce_subject = :subject);
