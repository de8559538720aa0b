-- A combination of filters that few entries match is found in an index alone.
drop index audit_entry_by_account;
drop index audit_entry_by_workspace;
create index audit_entry_by_account on audit_entry (lower(account_name), id, event, workspace_name);
create index audit_entry_by_workspace on audit_entry (workspace_name, id, event) where workspace_name is not null;
-- Most entries are of what was done.
create index audit_entry_by_outcome on audit_entry (outcome, id) where outcome <> 'Done';
