alter table vault_key add column active_since bigint;
alter table vault_key add column removed_at bigint;

update vault_key set active_since = created_at;
