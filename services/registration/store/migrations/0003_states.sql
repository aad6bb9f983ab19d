-- migrate:up

-- Times are written as events write them.
set local timezone = 'UTC';

-- The state that others see, whole, but for the secrets: those have the time of their last change as well. Beside it
-- only what is searched, and what is nobody else's business.
alter table apps add column state jsonb;
update apps set state = jsonb_build_object(
    'app_id', app_id, 'version', version, 'company_id', company_id, 'company_domain', company_domain, 'name', name,
    'description', description, 'active', active, 'visibility', visibility, 'apis', to_jsonb(apis),
    'sensitive_data_groups', to_jsonb(sensitive_data_groups), 'scopes', to_jsonb(scopes),
    'allowed_grants', to_jsonb(allowed_grants), 'redirect_uris', to_jsonb(redirect_uris), 'environment', environment,
    'token_endpoint_auth_method', token_endpoint_auth_method, 'suspended', suspended,
    'key_space', to_jsonb(key_space), 'deleted', deleted, 'void_below', void_below, 'created_at', created_at,
    'updated_at', updated_at);
drop index apps_of_company, apps_public, apps_in_order;
alter table apps alter column state set not null, drop column version, drop column company_domain, drop column name,
    drop column description, drop column active, drop column visibility, drop column apis,
    drop column sensitive_data_groups, drop column scopes, drop column allowed_grants, drop column redirect_uris,
    drop column environment, drop column token_endpoint_auth_method, drop column suspended, drop column key_space,
    drop column deleted, drop column void_below, drop column updated_at;
alter table apps
    add column version bigint not null generated always as ((state ->> 'version')::bigint) stored,
    add column active boolean not null generated always as ((state ->> 'active')::boolean) stored,
    add column suspended boolean not null generated always as ((state ->> 'suspended')::boolean) stored,
    add column deleted boolean not null generated always as ((state ->> 'deleted')::boolean) stored,
    add column visibility text not null generated always as (state ->> 'visibility') stored;
alter table apps add check (version > 0);
create index apps_of_company on apps (company_id, created_at, app_id) where not deleted;
create index apps_public on apps (created_at, app_id) where visibility = 'public' and not deleted;
create index apps_in_order on apps (created_at, app_id) where not deleted;

alter table enablements add column state jsonb;
update enablements set state = jsonb_build_object(
    'app_id', app_id, 'company_id', company_id, 'enabled', enabled, 'version', version, 'void_below', void_below,
    'updated_at', updated_at);
alter table enablements alter column state set not null, drop column enabled, drop column void_below,
    drop column version, drop column updated_at;
alter table enablements
    add column version bigint not null generated always as ((state ->> 'version')::bigint) stored,
    add column enabled boolean not null generated always as ((state ->> 'enabled')::boolean) stored;

-- migrate:down

alter table enablements drop column version, drop column enabled;
alter table enablements add column version bigint, add column enabled boolean, add column void_below jsonb,
    add column updated_at timestamptz;
update enablements set version = (state ->> 'version')::bigint, enabled = (state ->> 'enabled')::boolean,
    void_below = state -> 'void_below', updated_at = (state ->> 'updated_at')::timestamptz;
alter table enablements alter column version set not null, alter column enabled set not null,
    alter column void_below set not null, alter column updated_at set not null, drop column state;

drop index apps_of_company, apps_public, apps_in_order;
alter table apps drop column version, drop column active, drop column suspended, drop column deleted,
    drop column visibility;
alter table apps add column version bigint, add column company_domain text, add column name text,
    add column description text, add column active boolean, add column visibility text, add column apis text[],
    add column sensitive_data_groups text[], add column scopes text[], add column allowed_grants text[],
    add column redirect_uris text[], add column environment text, add column token_endpoint_auth_method text,
    add column suspended boolean, add column key_space text[], add column deleted boolean,
    add column void_below jsonb, add column updated_at timestamptz;
update apps set version = (state ->> 'version')::bigint, company_domain = state ->> 'company_domain',
    name = state ->> 'name', description = state ->> 'description', active = (state ->> 'active')::boolean,
    visibility = state ->> 'visibility', apis = array(select jsonb_array_elements_text(state -> 'apis')),
    sensitive_data_groups = array(select jsonb_array_elements_text(state -> 'sensitive_data_groups')),
    scopes = array(select jsonb_array_elements_text(state -> 'scopes')),
    allowed_grants = array(select jsonb_array_elements_text(state -> 'allowed_grants')),
    redirect_uris = array(select jsonb_array_elements_text(state -> 'redirect_uris')),
    environment = state ->> 'environment', token_endpoint_auth_method = state ->> 'token_endpoint_auth_method',
    suspended = (state ->> 'suspended')::boolean,
    key_space = array(select jsonb_array_elements_text(state -> 'key_space')),
    deleted = (state ->> 'deleted')::boolean, void_below = state -> 'void_below',
    updated_at = (state ->> 'updated_at')::timestamptz;
alter table apps alter column version set not null, alter column company_domain set not null,
    alter column name set not null, alter column description set not null, alter column active set not null,
    alter column visibility set not null, alter column apis set not null,
    alter column sensitive_data_groups set not null, alter column scopes set not null,
    alter column allowed_grants set not null, alter column redirect_uris set not null,
    alter column environment set not null, alter column suspended set not null, alter column key_space set not null,
    alter column key_space set default '{}', alter column deleted set not null,
    alter column void_below set not null, alter column updated_at set not null, drop column state;
alter table apps add check (version > 0);
create index apps_of_company on apps (company_id, created_at, app_id) where not deleted;
create index apps_public on apps (created_at, app_id) where visibility = 'public' and not deleted;
create index apps_in_order on apps (created_at, app_id) where not deleted;
