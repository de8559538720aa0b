create table image_registry (
    id text collate "C" primary key,
    workspace_id text collate "C" not null references workspace (id) on delete restrict,
    name text collate "C" not null,
    url text collate "C" not null,
    repository text collate "C" not null,
    username text collate "C",
    password_sealed text,
    password_set_at bigint,
    phase text collate "C" not null default 'Pending' check (phase in ('Pending', 'Connected', 'Failed')),
    reason text not null default 'not checked yet',
    phase_since bigint not null,
    checked_at bigint,
    created_at bigint not null,
    created_by text collate "C" references account (id) on delete set null,
    updated_at bigint not null,
    updated_by text collate "C" references account (id) on delete set null,
    version bigint not null default 1,

    unique (workspace_id, name),
    constraint password_has_username check (password_sealed is null or username is not null),
    constraint password_has_time check ((password_sealed is null) = (password_set_at is null))
);

create index image_registry_by_name on image_registry (name, id);
create index image_registry_by_updated on image_registry (updated_at, id);
create index image_registry_by_created on image_registry (created_at, id);
