-- Keys can be rotated, so there may be several records. The key that was activated last seals; a key that was never
-- activated waits for the servers to know it; one that was removed must not be used again.
alter table vault_key add column active_since integer;
alter table vault_key add column removed_at integer;

update vault_key set active_since = created_at;
