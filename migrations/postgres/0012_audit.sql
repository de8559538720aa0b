create table audit_entry (
    id text collate "C" primary key,
    at bigint not null,
    account_id text collate "C",
    account_name text collate "C" not null,
    address text not null,
    user_agent text not null,
    event text collate "C" not null,
    outcome text collate "C" not null check (outcome in ('Done', 'Refused', 'Failed')),
    workspace_id text collate "C",
    workspace_name text collate "C",
    object_id text collate "C",
    object_name text collate "C",
    changes text not null
);

create index audit_entry_by_account on audit_entry (lower(account_name), id);
create index audit_entry_by_event on audit_entry (event, id);
create index audit_entry_by_workspace on audit_entry (workspace_name, id) where workspace_name is not null;
create index audit_entry_by_object on audit_entry (object_id, id) where object_id is not null;
create index audit_entry_by_object_name on audit_entry (object_name, id) where object_name is not null;

create table setting (
    id text collate "C" primary key,
    value text not null
);
