//! The audit trail as a file, from the shell.

use super::existing::{NoDatabase, open_existing};
use crate::clock::{Clock, SystemClock};
use crate::entropy::SystemEntropy;
use crate::error::Error as UseCaseError;
use crate::features::{Entry, ExportFormat, export_audit_from};
use crate::storage::DatabaseAddress;
use app::AppError;
use app::audit::{AuditParams, AuditQuery};
use domain::AuditEvent;
use futures_util::StreamExt;
use std::io::{self, Write};
use std::pin::pin;
use thiserror::Error;

/// Why the export is not complete. What was written until then stays.
#[derive(Debug, Error)]
pub enum AuditExportError {
    #[error(transparent)]
    Database(#[from] NoDatabase),
    #[error("{0}")]
    Query(String),
    #[error("{0}")]
    Refused(AppError),
    #[error("The export cannot be written: {0}. What was written until then is not complete.")]
    Write(#[from] io::Error),
}

/// Writes the entries that match, oldest first, and records the export. A server may be running.
///
/// # Errors
/// See [`AuditExportError`].
pub async fn write_audit_trail(
    address: &DatabaseAddress,
    params: &AuditParams,
    format: ExportFormat,
    to: &mut dyn Write,
) -> Result<(), AuditExportError> {
    let query = AuditQuery::parse(params).map_err(AuditExportError::Query)?;
    let storage = open_existing(address).await?;
    let refused = |error: UseCaseError| AuditExportError::Refused(error.into());
    let entry = Entry::by_operator(AuditEvent::ExportAudit);
    let pieces = export_audit_from(&storage, entry, SystemClock.now(), &SystemEntropy, &query, format).await;
    let mut pieces = pin!(pieces.map_err(refused)?);
    while let Some(piece) = pieces.next().await {
        to.write_all(piece.map_err(refused)?.as_bytes())?;
    }
    to.flush()?;
    storage.close().await;
    Ok(())
}
