//! The file system of the data folder: local, writable, with room.

use super::{Diagnosis, Subject};
use crate::storage::DatabaseAddress;
use rustix::fs::{StatVfsMountFlags, statfs, statvfs};
use std::fs;

const CHECK: &str = "file system";

/// The least room for changes: SQLite's log alone may grow to 64 MiB. Bytes.
const LEAST_ROOM: u64 = 64 * 1024 * 1024;

/// What kind of file system it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Local,
    /// Its name. SQLite's log needs memory that all processes share, which there is only on one machine.
    Network(&'static str),
    /// A restart empties it.
    Memory,
    /// The writable layer of a container.
    Layer,
}

/// Numbers of file systems (statfs(2), and `linux/magic.h`).
fn kind(magic: i64) -> Kind {
    match magic {
        0x6969 => Kind::Network("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Kind::Network("SMB"),
        0x0102_1997 => Kind::Network("9P"),
        0x00c3_6400 => Kind::Network("Ceph"),
        0x5346_414f | 0x6b41_4653 => Kind::Network("AFS"),
        0x0bd0_0bd0 => Kind::Network("Lustre"),
        // Most are on another machine, such as sshfs, s3fs and GlusterFS.
        0x6573_5546 => Kind::Network("FUSE"),
        0x0102_1994 | 0x8584_58f6 => Kind::Memory,
        0x794c_7630 => Kind::Layer,
        _ => Kind::Local,
    }
}

pub fn examine(subject: &Subject) -> Vec<Diagnosis> {
    let path = &subject.data;
    let shown = path.display();
    let (Ok(system), Ok(usage)) = (statfs(path), statvfs(path)) else { return Vec::new() };
    let mut found = Vec::new();
    let database = match &subject.database {
        Some(DatabaseAddress::Sqlite(file)) => fs::metadata(file).ok().map(|file| file.len()),
        _ => None,
    };
    let is_sqlite = matches!(subject.database, Some(DatabaseAddress::Sqlite(_)));
    match kind(system.f_type & 0xffff_ffff) {
        Kind::Local => {}
        Kind::Network(name) if is_sqlite => {
            let next = "Put the data folder on a local disk, or use PostgreSQL";
            found.push(Diagnosis::problem(
                CHECK,
                format!("{shown} is on {name}, where SQLite's log does not work"),
                next,
            ));
        }
        Kind::Network(name) => {
            let next = "Put it on a local disk: a lock may not be seen by other machines";
            found.push(Diagnosis::warning(CHECK, format!("{shown} is on {name}"), next));
        }
        Kind::Memory => {
            let what = format!("{shown} is in memory, and lost at the next restart of the machine");
            found.push(Diagnosis::warning(CHECK, what, "Put it on a disk"));
        }
        Kind::Layer => {
            let what = format!("{shown} may be within a container, and lost with it");
            found.push(Diagnosis::warning(CHECK, what, "Mount a volume there, unless it is meant to be lost"));
        }
    }
    if usage.f_flag.contains(StatVfsMountFlags::RDONLY) {
        found.push(Diagnosis::problem(
            CHECK,
            format!("{shown} is mounted read-only"),
            "Mount it read-write; look at dmesg",
        ));
    }
    found.push(of_room(usage.f_bavail.saturating_mul(usage.f_frsize), database));
    found
}

/// Judges the free space beside a SQLite file of this size. Bytes.
fn of_room(free: u64, database: Option<u64>) -> Diagnosis {
    let what = format!("{} free", size(free));
    match database {
        _ if free < LEAST_ROOM => Diagnosis::problem(CHECK, what, "Make room: soon nothing can be saved"),
        Some(database) if free < database.saturating_add(LEAST_ROOM) => {
            let what = format!("{what}, and the database has {}", size(database));
            Diagnosis::warning(CHECK, what, "Make room: an upgrade first copies the database")
        }
        _ => Diagnosis::ok(CHECK, what),
    }
}

/// A size as people read it.
fn size(bytes: u64) -> String {
    let mib = bytes / (1024 * 1024);
    if mib < 10 * 1024 { format!("{mib} MiB") } else { format!("{} GiB", mib / 1024) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maintenance::doctor::Severity;

    /// Neither can be mounted in a test.
    #[test]
    fn file_systems_of_other_machines_are_known() {
        for (magic, expected) in [
            (0x6969, Kind::Network("NFS")),
            (0xff53_4d42, Kind::Network("SMB")),
            (0x6573_5546, Kind::Network("FUSE")),
            (0xef53, Kind::Local),
            (0x5846_5342, Kind::Local),
        ] {
            assert_eq!(kind(magic), expected, "{magic:x}");
        }
    }

    #[test]
    fn an_upgrade_needs_room_for_a_copy() {
        let severity = |free, database| of_room(free, database).severity;
        assert_eq!(severity(LEAST_ROOM - 1, None), Severity::Problem);
        assert_eq!(severity(2 * LEAST_ROOM, Some(LEAST_ROOM + 1)), Severity::Warning);
        assert_eq!(severity(2 * LEAST_ROOM, Some(LEAST_ROOM)), Severity::Ok);
        assert_eq!(severity(2 * LEAST_ROOM, None), Severity::Ok);
    }
}
