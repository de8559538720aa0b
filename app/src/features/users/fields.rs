//! The fields of the forms and their rules, shared by browser and server.

use crate::features::accounts::{new_user_name_error, password_error};
use crate::features::workspaces::parse_role;
use crate::server_functions::form_fields;
use domain::{FieldError, Role, Secret, field_error};

form_fields! {
    /// The form that invites a user, as typed.
    pub struct Invitation {
        pub user_name: String,
        /// A role, or `None`.
        pub role: String,
    }
}

form_fields! {
    /// The form behind a one-time link, as typed.
    pub struct NewPassword {
        /// The token from the link.
        pub token: Secret,
        pub new_password: Secret,
        pub repeated_password: Secret,
    }
}

impl Invitation {
    /// What the user may do everywhere.
    ///
    /// # Errors
    /// All field errors.
    pub fn validate(&self) -> Result<Option<Role>, Vec<FieldError>> {
        let name = new_user_name_error(&self.user_name);
        let role = parse_role(&self.role).map_err(|error| field_error("role", error));
        match (name, role) {
            (None, Ok(role)) => Ok(role),
            (name, role) => Err(name.into_iter().chain(role.err()).collect()),
        }
    }
}

impl NewPassword {
    /// The errors at all fields. The password must not be `user_name`.
    pub fn field_errors(&self, user_name: &str) -> Vec<FieldError> {
        password_error(user_name, &self.new_password, &self.repeated_password).into_iter().collect()
    }
}
