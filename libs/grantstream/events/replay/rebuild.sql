-- name: take_rebuild_lock(lock_id)$
-- Whether this connection now holds the database's lock for rebuilds; it keeps the lock until it closes.
select pg_try_advisory_lock(:lock_id);

-- name: find_table(name)^
-- The table, by the search path of the service's connections; its name is quoted.
select
    c.oid, c.relname as name, quote_ident(n.nspname) as schema, format('%I.%I', n.nspname, c.relname) as full_name,
    quote_ident(pg_get_userbyid(c.relowner)) as owner, pg_get_userbyid(c.relowner) = current_user as is_ours,
    coalesce(array_to_string(c.reloptions, ', '), '') as options
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = to_regclass(quote_ident(:name)) and c.relkind = 'r';

-- name: hindrances(table)
-- The live table's objects that can't be copied to a new one.
select 'a view' as what where exists (
    select from pg_depend d join pg_rewrite r on r.oid = d.objid
    where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = :table
)
union all select 'a trigger' where exists (select from pg_trigger where tgrelid = :table and not tgisinternal)
union all select 'row security' where exists (
    select from pg_class where oid = :table and (relrowsecurity or relforcerowsecurity)
)
union all select 'inheritance' where exists (select from pg_inherits where :table in (inhrelid, inhparent))
union all select 'a publication' where exists (select from pg_publication_rel where prrelid = :table)
union all select 'an identity column' where exists (
    select from pg_attribute where attrelid = :table and attidentity <> '' and not attisdropped
)
union all select 'a sequence' where exists (
    select from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
    where d.classid = 'pg_class'::regclass and d.refobjid = :table and d.deptype = 'a'
);

-- name: columns_of(table)
-- The columns that are written.
select attname as name from pg_attribute
where attrelid = :table and attnum > 0 and not attisdropped and attgenerated = ''
order by attnum;

-- name: constraints_of(table)
-- Keys and foreign keys; what `like` copies is left out.
select quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
from pg_constraint where conrelid = :table and contype in ('p', 'u', 'x', 'f')
order by contype = 'f', conname;

-- name: indexes_of(table)
-- Indexes without a constraint.
select pg_get_indexdef(i.indexrelid) as definition
from pg_index i
where i.indrelid = :table and not exists (select from pg_constraint where conindid = i.indexrelid and conrelid = :table)
order by 1;

-- name: references_to(table)
-- Foreign keys of other tables that point here.
select conrelid::regclass::text as full_name, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
from pg_constraint where confrelid = :table and conrelid <> :table and contype = 'f';

-- name: privileges_of(table)
-- The privileges on the table and on single columns.
select grantee, privilege, grantable from (
    select acl.grantee as role, acl.privilege_type as privilege, acl.is_grantable as grantable
    from pg_class, aclexplode(relacl) acl where pg_class.oid = :table
    union all
    select acl.grantee, format('%s (%I)', acl.privilege_type, attname), acl.is_grantable
    from pg_attribute, aclexplode(attacl) acl where attrelid = :table and not attisdropped
) given, lateral (
    select case when role = 0 then 'public' else quote_ident(pg_get_userbyid(role)) end as grantee
) named
order by 1, 2, 3;
