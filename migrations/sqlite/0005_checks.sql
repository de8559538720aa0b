-- What the last check went through, hop by hop (JSON); none before the first.
alter table image_registry add column report text;
alter table image_registry add column last_connected_at integer;
-- How often in a row it failed: the more, the longer until the next.
alter table image_registry add column failures integer not null default 0;
-- When it is due; none where only a person asks for it.
alter table image_registry add column next_check_at integer;

create index image_registry_by_next_check on image_registry (next_check_at) where next_check_at is not null;
create index image_registry_by_phase on image_registry (phase, id);
