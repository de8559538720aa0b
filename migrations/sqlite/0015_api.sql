-- Whether what a person may do includes reading stored credentials. No role does by itself.
alter table account add column read_credentials integer not null default 0 check (read_credentials in (0, 1));
alter table workspace_role add column read_credentials integer not null default 0 check (read_credentials in (0, 1));

-- Tokens of the API. Whoever reads the table cannot use them.
create table api_token (
    id text primary key not null,
    -- SHA-256 of the token.
    hash text not null unique,
    -- Who or what uses it.
    name text not null,
    -- Whose it is; null if it belongs to the workspace.
    account_id text references account (id) on delete cascade,
    -- The only workspace that it is good for; null if for all of its owner's.
    workspace_id text references workspace (id) on delete cascade,
    role text not null check (role in ('Viewer', 'Editor', 'Administrator')),
    read_credentials integer not null check (read_credentials in (0, 1)),
    -- The name of its maker at that time.
    created_by text not null,
    created_at integer not null,
    expires_at integer not null,
    last_used_at integer,
    last_used_address text,
    check (account_id is not null or workspace_id is not null)
) strict;

create index api_token_by_account on api_token (account_id);
create index api_token_by_workspace on api_token (workspace_id);

-- For people and tools, as JSON. And which token a change was made with.
alter table image_registry add column labels text not null default '{}';
alter table image_registry add column annotations text not null default '{}';
alter table image_registry add column created_by_token text;
alter table image_registry add column updated_by_token text;
alter table audit_entry add column token_name text;

-- Who has read the credentials of a registry, and from where: those who would break without it.
create table credential_read (
    id text primary key not null,
    registry_id text not null references image_registry (id) on delete cascade,
    -- The name of the token or the person.
    consumer text not null,
    address text not null,
    last_read_at integer not null,
    unique (registry_id, consumer, address)
) strict;

-- Requests that created something, so that a client may repeat them.
create table idempotency_key (
    -- SHA-256 of the client and its key.
    id text primary key not null,
    -- SHA-256 of the request.
    request text not null,
    registry_id text not null,
    created_at integer not null
) strict;

create index idempotency_key_by_time on idempotency_key (created_at);

-- The history of a registry, however often its credentials are read.
create index audit_entry_by_edit on audit_entry (object_id, id)
where event in ('registry.create', 'registry.edit') and outcome = 'Done';

-- To find the registry of an image.
create index image_registry_by_url on image_registry (url);
