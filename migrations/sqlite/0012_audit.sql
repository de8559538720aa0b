-- Who did what. Nothing refers to other tables: an entry outlives what it is about. The names are those of its time.
create table audit_entry (
    -- Begins with the time, so that ids sort by it.
    id text primary key not null,
    at integer not null,
    -- Null if nobody was logged in, or the account is unknown.
    account_id text,
    account_name text not null,
    address text not null,
    user_agent text not null,
    event text not null,
    outcome text not null check (outcome in ('Done', 'Refused', 'Failed')),
    workspace_id text,
    workspace_name text,
    -- The registry, user or whatever else it was done to.
    object_id text,
    object_name text,
    -- A list of what was changed.
    changes text not null
) strict;

create index audit_entry_by_account on audit_entry (lower(account_name), id);
create index audit_entry_by_event on audit_entry (event, id);
create index audit_entry_by_workspace on audit_entry (workspace_name, id) where workspace_name is not null;
create index audit_entry_by_object on audit_entry (object_id, id) where object_id is not null;
create index audit_entry_by_object_name on audit_entry (object_name, id) where object_name is not null;

-- What an administrator has set on a page.
create table setting (
    id text primary key not null,
    value text not null
) strict;
