//! The status of a registry, as it is shown.

use crate::app_state::AppState;
use crate::storage::image_registries::StatusRecord;
use domain::Status;

pub fn status(state: &AppState, record: StatusRecord) -> Status {
    Status {
        phase: record.phase,
        reason: record.reason,
        checked: record.checked_at,
        as_of: record.as_of,
        checking: record.next_check_at.is_some_and(|at| at <= state.clock.now()),
    }
}
