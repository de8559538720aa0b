create table image_registry (
    id text primary key not null,
    workspace_id text not null references workspace (id) on delete restrict,
    name text not null,
    -- In the one spelling that RegistryUrl prints.
    url text not null,
    repository text not null,
    username text,
    -- Sealed by the vault for this row, this field and the origin of `url`. Never read by a list.
    password_sealed text,
    password_set_at integer,
    phase text not null default 'Pending' check (phase in ('Pending', 'Connected', 'Failed')),
    reason text not null default 'not checked yet',
    phase_since integer not null,
    checked_at integer,
    created_at integer not null,
    created_by text references account (id) on delete set null,
    updated_at integer not null,
    updated_by text references account (id) on delete set null,
    -- Counts the edits of people.
    version integer not null default 1,

    -- The one rule that a race could break; its violation is the error "already exists in workspace".
    unique (workspace_id, name),
    constraint password_has_username check (password_sealed is null or username is not null),
    constraint password_has_time check ((password_sealed is null) = (password_set_at is null))
) strict;

-- One for each order of the list that people use most.
create index image_registry_by_name on image_registry (name, id);
create index image_registry_by_updated on image_registry (updated_at, id);
create index image_registry_by_created on image_registry (created_at, id);
