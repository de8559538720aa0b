//! The rule for new passwords that only the server can check.

use crate::auth::is_common;
use crate::error::reject_invalid;
use app::AppError;
use domain::{FieldError, Secret, field_error};

/// Rejects a form with a new password: for these errors, and if the password is among the commonest.
///
/// # Errors
/// All field errors, if there are any.
pub fn reject_invalid_password(mut field_errors: Vec<FieldError>, password: &Secret) -> Result<(), AppError> {
    let is_wrong_already = field_errors.iter().any(|error| error.field == "new_password");
    if !is_wrong_already && is_common(password) {
        let sentence = "This is among the passwords that are guessed first. Use a few unrelated words instead.";
        field_errors.push(field_error("new_password", sentence));
    }
    reject_invalid(field_errors)
}
