alter table account add column role text collate "C" check (role in ('Viewer', 'Editor', 'Administrator'));
update account set role = 'Administrator';

alter table account add column disabled_at bigint;

create table workspace_role (
    id text collate "C" primary key,
    account_id text collate "C" not null references account (id) on delete cascade,
    workspace_id text collate "C" not null references workspace (id) on delete cascade,
    role text collate "C" not null check (role in ('Viewer', 'Editor', 'Administrator')),
    unique (account_id, workspace_id)
);

create index workspace_role_by_workspace on workspace_role (workspace_id);

create table password_link (
    id text collate "C" primary key,
    account_id text collate "C" not null unique references account (id) on delete cascade,
    created_at bigint not null,
    expires_at bigint not null
);

alter table session add column address text;
alter table session add column user_agent text;
