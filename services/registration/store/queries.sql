-- name: insert_app!
-- A new application.
insert into apps (app_id, company_id, created_at, review_complete, state, secrets)
values (:app_id, :company_id, :created_at, :review_complete, :state, :secrets);

-- name: update_app!
-- A changed application; `lock_app` locked its row in the same transaction.
update apps set review_complete = :review_complete, state = :state, secrets = :secrets where app_id = :app_id;

-- name: get_app^
-- One application, a deleted one included.
select * from apps where app_id = :app_id;

-- name: lock_app^
-- One application, locked until the transaction ends: its version is counted under this lock.
select * from apps where app_id = :app_id for update;

-- name: share_app^
-- One application, with a shared lock against changes until the transaction ends.
select * from apps where app_id = :app_id for share;

-- name: app_keys
-- A page of the ids of all applications, deleted ones included.
select app_id from apps where app_id > :after order by app_id limit :size;

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
-- The row that `lock_enablement` locks; two concurrent first enablings wait for each other here.
insert into enablements (app_id, company_id, state) values (:app_id, :company_id, :state) on conflict do nothing;

-- name: get_enablement^
-- One company's permission for one application.
select * from enablements where company_id = :company_id and app_id = :app_id;

-- name: lock_enablement^
-- The same, locked until the transaction ends.
select * from enablements where company_id = :company_id and app_id = :app_id for update;

-- name: enablement_keys
-- A page of the ids of all permissions that were ever given, in the order of the primary key.
select app_id, company_id from enablements
where (company_id, app_id) > (:after_company_id, :after_app_id) and version > 0
order by company_id, app_id
limit :size;

-- name: update_enablement!
-- A changed permission.
update enablements set state = :state where company_id = :company_id and app_id = :app_id;
