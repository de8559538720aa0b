alter table account add column read_credentials boolean not null default false;
alter table workspace_role add column read_credentials boolean not null default false;

create table api_token (
    id text collate "C" primary key,
    hash text collate "C" not null unique,
    name text collate "C" not null,
    account_id text collate "C" references account (id) on delete cascade,
    workspace_id text collate "C" references workspace (id) on delete cascade,
    role text collate "C" not null check (role in ('Viewer', 'Editor', 'Administrator')),
    read_credentials boolean not null,
    created_by text collate "C" not null,
    created_at bigint not null,
    expires_at bigint not null,
    last_used_at bigint,
    last_used_address text,
    check (account_id is not null or workspace_id is not null)
);

create index api_token_by_account on api_token (account_id);
create index api_token_by_workspace on api_token (workspace_id);

alter table image_registry add column labels text not null default '{}';
alter table image_registry add column annotations text not null default '{}';
alter table image_registry add column created_by_token text;
alter table image_registry add column updated_by_token text;
alter table audit_entry add column token_name text collate "C";

create table credential_read (
    id text collate "C" primary key,
    registry_id text collate "C" not null references image_registry (id) on delete cascade,
    consumer text collate "C" not null,
    address text collate "C" not null,
    last_read_at bigint not null,
    unique (registry_id, consumer, address)
);

create table idempotency_key (
    id text collate "C" primary key,
    request text collate "C" not null,
    registry_id text collate "C" not null,
    created_at bigint not null
);

create index idempotency_key_by_time on idempotency_key (created_at);

create index audit_entry_by_edit on audit_entry (object_id, id)
where event in ('registry.create', 'registry.edit') and outcome = 'Done';

create index image_registry_by_url on image_registry (url);
