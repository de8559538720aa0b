-- One row that is written to find out whether anything can be written (`/readyz`). Nobody reads it.
create table write_probe (
    id integer primary key not null check (id = 1),
    writes integer not null
) strict;
