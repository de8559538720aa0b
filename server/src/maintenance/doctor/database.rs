//! The database: whether a server could use it.

use super::{Diagnosis, Subject};
use crate::clock::Clock;
use crate::start::StartError;
use crate::storage::{DatabaseAddress, Inspection, OpenError, TablesVersion, inspect};

const CHECK: &str = "database";

/// What was found out about the database, for other checks.
pub struct Inspected {
    /// `None` if there is no file yet.
    pub database: Option<Inspection>,
    /// This machine's clock right before. Milliseconds since 1970.
    pub begun: i64,
    /// This machine's clock right after. Milliseconds since 1970.
    pub ended: i64,
}

/// `None` if the database cannot be read.
pub async fn examine(subject: &Subject, clock: &dyn Clock) -> (Option<Inspected>, Vec<Diagnosis>) {
    let Some(address) = &subject.database else { return (None, Vec::new()) };
    let begun = clock.now();
    let inspection = inspect(address).await;
    let ended = clock.now();
    match inspection {
        Err(error) => (None, vec![of_error(address, error)]),
        Ok(database) => {
            let diagnosis = match &database {
                None => {
                    let next = "The first start creates it. If there should be data, name its folder with --data";
                    Diagnosis::warning(CHECK, format!("there is no {address}"), next)
                }
                Some(inspection) => of_tables(address, inspection),
            };
            (Some(Inspected { database, begun, ended }), vec![diagnosis])
        }
    }
}

fn of_error(address: &DatabaseAddress, error: OpenError) -> Diagnosis {
    let next = match address {
        DatabaseAddress::Sqlite(_) => {
            "If it cannot be opened, run this as Portolan's user; if it is damaged, restore a backup"
        }
        DatabaseAddress::Postgres(_) => "Check that the user owns the database; look at the log of PostgreSQL",
    };
    // What SQLite and PostgreSQL say is not in sentences of ours.
    let is_plain = matches!(error, OpenError::Database(_) | OpenError::Storage(_) | OpenError::File(_));
    let error = StartError::Database(address.clone(), error);
    match is_plain {
        true => Diagnosis::problem(CHECK, error.to_string().trim_end_matches('.'), next),
        false => Diagnosis::of_error(CHECK, error, next),
    }
}

fn of_tables(address: &DatabaseAddress, inspection: &Inspection) -> Diagnosis {
    let engine = &inspection.engine;
    if inspection.tables != TablesVersion::Current && !inspection.may_create_tables {
        return of_error(address, OpenError::NotOwner);
    }
    match inspection.tables {
        TablesVersion::Current => Diagnosis::ok(CHECK, format!("{address}, {engine}, with the tables of this version")),
        TablesVersion::Older => {
            let what = format!("{address}, {engine}, has the tables of an earlier version");
            Diagnosis::warning(CHECK, what, "Back up. The next start brings them up to date")
        }
        TablesVersion::None => {
            let what = format!("{address}, {engine}, is empty");
            let next = "The first start creates its tables. If there should be data, restore a backup";
            Diagnosis::warning(CHECK, what, next)
        }
    }
}
