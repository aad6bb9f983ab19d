-- name: insert_app!
-- A new application.
insert into apps (
    app_id, company_id, company_domain, name, description, active, apis, sensitive_data_groups, scopes,
    allowed_grants, redirect_uris, environment, review_complete, visibility, suspended, key_space, deleted,
    token_endpoint_auth_method, secrets, void_below, version, created_at, updated_at
) values (
    :app_id, :company_id, :company_domain, :name, :description, :active, :apis, :sensitive_data_groups, :scopes,
    :allowed_grants, :redirect_uris, :environment, :review_complete, :visibility, :suspended, :key_space, :deleted,
    :token_endpoint_auth_method, :secrets, :void_below, :version, :created_at, :updated_at
);

-- name: update_app!
-- An application after a change; its row is locked by `lock_app` in the same transaction.
update apps set
    name = :name, description = :description, active = :active, apis = :apis,
    sensitive_data_groups = :sensitive_data_groups, scopes = :scopes, allowed_grants = :allowed_grants,
    redirect_uris = :redirect_uris, environment = :environment, review_complete = :review_complete,
    visibility = :visibility, suspended = :suspended, key_space = :key_space, deleted = :deleted,
    token_endpoint_auth_method = :token_endpoint_auth_method, secrets = :secrets, void_below = :void_below,
    version = :version, updated_at = :updated_at
where app_id = :app_id;

-- name: get_app^
-- One application, a deleted one included.
select * from apps where app_id = :app_id;

-- name: lock_app^
-- One application, locked until the transaction ends: its version is counted under this lock.
select * from apps where app_id = :app_id for update;

-- name: share_app^
-- One application, with a shared lock against changes until the transaction ends.
select * from apps where app_id = :app_id for share;

-- name: apps_of_company
-- A page of a company's own applications, inactive ones included.
select * from apps
where company_id = :company_id and not deleted and (created_at, app_id) > (:after_created_at, :after_app_id)
order by created_at, app_id
limit :size;

-- name: apps_of_all
-- A page of every company's applications, for the staff.
select * from apps
where not deleted and (created_at, app_id) > (:after_created_at, :after_app_id)
order by created_at, app_id
limit :size;

-- name: available_apps
-- A page of the applications that a company may enable, with whether it has.
select apps.*, coalesce(enablements.enabled, false) as enabled
from apps left join enablements on enablements.app_id = apps.app_id and enablements.company_id = :company_id
where (apps.company_id = :company_id or apps.visibility = 'public')
    and apps.active and not apps.suspended and not apps.deleted
    and (apps.created_at, apps.app_id) > (:after_created_at, :after_app_id)
order by apps.created_at, apps.app_id
limit :size;

-- name: enabled_apps
-- A page of the applications that a company has enabled, without deleted ones.
select apps.*, enablements.enabled
from enablements join apps on apps.app_id = enablements.app_id
where enablements.company_id = :company_id and enablements.enabled and not apps.deleted
    and (apps.created_at, apps.app_id) > (:after_created_at, :after_app_id)
order by apps.created_at, apps.app_id
limit :size;

-- name: make_enablement!
-- Creates the row that `lock_enablement` locks; two concurrent first enablings wait for each other here.
insert into enablements (app_id, company_id, enabled, void_below, version, updated_at)
values (:app_id, :company_id, false, '{}', 0, :now)
on conflict do nothing;

-- name: get_enablement^
-- One company's permission for one application.
select * from enablements where company_id = :company_id and app_id = :app_id;

-- name: lock_enablement^
-- The same, locked until the transaction ends.
select * from enablements where company_id = :company_id and app_id = :app_id for update;

-- name: update_enablement!
-- A changed enablement.
update enablements
set enabled = :enabled, void_below = :void_below, version = :version, updated_at = :updated_at
where company_id = :company_id and app_id = :app_id;
