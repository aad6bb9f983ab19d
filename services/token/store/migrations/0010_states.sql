-- migrate:up

-- Times are written as events write them.
set local timezone = 'UTC';

-- The state that others see, whole; beside it only what is searched, and what is nobody else's business.
alter table company add column state jsonb;
update company set state = jsonb_build_object(
    'version', version, 'company_id', company_id, 'name', name, 'domain', domain,
    'development_partner', development_partner, 'sandbox', sandbox, 'created_at', created_at, 'updated_at', updated_at);
alter table company alter column state set not null, drop column name, drop column domain,
    drop column development_partner, drop column sandbox, drop column version, drop column created_at,
    drop column updated_at;
alter table company
    add column domain text not null unique generated always as (state ->> 'domain') stored,
    add column version bigint not null generated always as ((state ->> 'version')::bigint) stored;

alter table user_account add column state jsonb;
update user_account set state = jsonb_build_object(
    'version', version, 'void_below', void_below, 'user_id', user_id, 'company_id', company_id, 'login', login,
    'roles', to_jsonb(roles), 'active', active, 'created_at', created_at, 'updated_at', updated_at);
alter table user_account alter column state set not null, drop column login, drop column roles, drop column active,
    drop column version, drop column void_below, drop column created_at, drop column updated_at;
alter table user_account
    add column version bigint not null generated always as ((state ->> 'version')::bigint) stored;

-- migrate:down

alter table user_account drop column version;
alter table user_account add column login text, add column roles text[], add column active boolean,
    add column version bigint, add column void_below jsonb, add column created_at timestamptz,
    add column updated_at timestamptz;
update user_account set login = state ->> 'login',
    roles = array(select jsonb_array_elements_text(state -> 'roles')), active = (state ->> 'active')::boolean,
    version = (state ->> 'version')::bigint, void_below = state -> 'void_below',
    created_at = (state ->> 'created_at')::timestamptz, updated_at = (state ->> 'updated_at')::timestamptz;
alter table user_account alter column login set not null, alter column roles set not null,
    alter column active set not null, alter column version set not null, alter column void_below set not null,
    alter column created_at set not null, alter column updated_at set not null, drop column state;

alter table company drop column version, drop column domain;
alter table company add column name text, add column domain text unique, add column development_partner boolean,
    add column sandbox boolean, add column version bigint, add column created_at timestamptz,
    add column updated_at timestamptz;
update company set name = state ->> 'name', domain = state ->> 'domain',
    development_partner = (state ->> 'development_partner')::boolean, sandbox = (state ->> 'sandbox')::boolean,
    version = (state ->> 'version')::bigint, created_at = (state ->> 'created_at')::timestamptz,
    updated_at = (state ->> 'updated_at')::timestamptz;
alter table company alter column name set not null, alter column domain set not null,
    alter column development_partner set not null, alter column sandbox set not null,
    alter column version set not null, alter column created_at set not null, alter column updated_at set not null,
    drop column state;
