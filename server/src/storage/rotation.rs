//! What keeps a rotation of keys apart from another one, and from servers that do not have the new key.

use super::address::DatabaseAddress;
use super::database::Connection;
use super::error::{OpenError, Result};
use super::postgres::{self, KEY_LOCKS, ROTATION_LOCK, SERVER_LOCK, ServerLock, key_number};
use crate::data_folder::{FolderError, lock_file};
use std::fs::File;

/// The name of the file that is locked while the keys of a SQLite database are changed.
const LOCK_FILE: &str = "portolan.rotation.lock";

/// Keeps other commands from changing the keys of a database, for as long as it lives or the process does.
pub enum RotationLock {
    Sqlite(#[expect(dead_code, reason = "the lock ends with the file")] File),
    Postgres(#[expect(dead_code, reason = "the lock ends with the connection")] ServerLock),
}

impl RotationLock {
    /// `None` if another command has it.
    ///
    /// # Errors
    /// If the database, or the file beside it, cannot be used.
    pub async fn take(address: &DatabaseAddress) -> Result<Option<Self>, OpenError> {
        match address {
            DatabaseAddress::Sqlite(path) => match lock_file(&path.with_file_name(LOCK_FILE)) {
                Ok(file) => Ok(Some(Self::Sqlite(file))),
                Err(FolderError::Taken) => Ok(None),
                Err(FolderError::Io(error)) => Err(OpenError::File(error)),
            },
            DatabaseAddress::Postgres(settings) => Ok(postgres::lock_rotation(settings).await?.map(Self::Postgres)),
        }
    }
}

/// How many servers on a PostgreSQL database do not say that they have this key. Those of earlier versions, and those that
/// are just starting, never do. Who holds the rotation lock is not a server.
pub async fn servers_without_key(connection: &mut Connection, key_id: &str) -> Result<u64> {
    // A number of 64 bits is in two columns; `objsubid` is 1, and 2 for a pair of numbers.
    let sql = "with held as (select pid, objsubid, cast(classid as bigint) as high, cast(objid as bigint) as low
                 from pg_locks where locktype = 'advisory' and granted
                 and database = (select oid from pg_database where datname = current_database()))
               select count(distinct server.pid) from held server
               where server.objsubid = 1 and server.high = $1 >> 32 and server.low = $1 & 4294967295
               and not exists (select 1 from held key where key.pid = server.pid
                 and key.objsubid = 2 and key.high = $2 and key.low = $3)
               and not exists (select 1 from held rotation where rotation.pid = server.pid
                 and rotation.objsubid = 1 and rotation.high = $4 >> 32 and rotation.low = $4 & 4294967295)";
    let count = connection.query(sql).bind(SERVER_LOCK).bind(i64::from(KEY_LOCKS.cast_unsigned()));
    let count = count.bind(i64::from(key_number(key_id).cast_unsigned())).bind(ROTATION_LOCK);
    Ok(count.fetch_scalar::<i64>().await?.unsigned_abs())
}
