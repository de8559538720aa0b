-- What a person may do everywhere; null if only what is in workspace_role. Whoever had an account could do everything.
alter table account add column role text check (role in ('Viewer', 'Editor', 'Administrator'));
update account set role = 'Administrator';

-- Since when the person may not log in.
alter table account add column disabled_at integer;

-- What a person may do in one workspace. An id of its own, as every table has, so that rows can be copied alike.
create table workspace_role (
    id text primary key not null,
    account_id text not null references account (id) on delete cascade,
    workspace_id text not null references workspace (id) on delete cascade,
    role text not null check (role in ('Viewer', 'Editor', 'Administrator')),
    unique (account_id, workspace_id)
) strict;

create index workspace_role_by_workspace on workspace_role (workspace_id);

-- One-time links that set a password, at most one for each account. An invited account has an empty password_hash,
-- which no password matches.
create table password_link (
    -- SHA-256 of the token.
    id text primary key not null,
    account_id text not null unique references account (id) on delete cascade,
    created_at integer not null,
    expires_at integer not null
) strict;

-- Where a session began; null if an earlier version began it.
alter table session add column address text;
alter table session add column user_agent text;
