//! The fields of the forms and their rules, shared by browser and server.
//!
//! Each struct of fields is flattened into the server functions of its form, so a new field is added only here.

use super::RegistryDetails;
use crate::server_functions::{FormValues, form_fields};
use domain::{
    ConnectionSettings, Credentials, CredentialsChange, CredentialsError, FieldError, Labels, Name, NameError,
    RegistrySettings, RegistryUrl, Repository, Secret, TestImage, TrustPolicy, Warning, field_error,
    server_worded_error,
};

form_fields! {
    /// The fields of the connection, in both forms, as typed.
    pub struct ConnectionFields {
        pub url: String,
        pub repository: String,
        /// Empty means none.
        pub test_image: String,
        pub username: String,
        /// In the edit form, empty means the stored one.
        pub password: Secret,
        /// The password, if it has several lines.
        pub password_lines: Secret,
        /// PEM; empty means none.
        pub ca_certificates: String,
        /// Empty unless ticked.
        pub skip_verification: String,
        /// Empty means none.
        pub token_service: String,
    }
}

form_fields! {
    /// The fields that only the create form has, as typed.
    pub struct BasicFields {
        pub name: String,
        pub workspace: String,
    }
}

form_fields! {
    /// The fields that only the edit form has, as typed.
    pub struct StoredFields {
        /// The id of the registry.
        pub registry: String,
        /// The version that the form is based on (optimistic locking).
        pub based_on: String,
        /// Empty unless ticked.
        pub remove_credentials: String,
        /// Empty unless ticked: whether to go on although clients have read the credentials lately.
        pub confirmed: String,
    }
}

/// The create form, as typed.
#[derive(Clone, Debug, Default)]
pub struct CreateFields {
    pub basic: BasicFields,
    pub connection: ConnectionFields,
    /// The form has none.
    pub labels: Labels,
}

/// The edit form, as typed.
#[derive(Clone, Debug, Default)]
pub struct EditFields {
    pub stored: StoredFields,
    pub connection: ConnectionFields,
    /// `None` keeps those that are stored, as the form does.
    pub labels: Option<Labels>,
}

/// The validated create form.
#[derive(Clone, Debug)]
pub struct NewRegistry {
    pub name: Name,
    pub workspace: Name,
    pub settings: RegistrySettings,
    /// `None` for anonymous access.
    pub credentials: Option<Credentials>,
    pub labels: Labels,
}

/// The validated edit form.
#[derive(Clone, Debug)]
pub struct RegistryUpdate {
    pub settings: RegistrySettings,
    pub credentials: CredentialsChange,
    /// `None` keeps those that are stored.
    pub labels: Option<Labels>,
}

/// The validated fields of a connection, which can be tested.
#[derive(Clone, Debug)]
pub struct ValidConnection {
    pub settings: RegistrySettings,
    /// `None` for anonymous access.
    pub credentials: Option<Credentials>,
}

/// Each part of the settings, or `None` if it is invalid. A valid test image may still be none.
struct PartialSettings {
    connection: Option<ConnectionSettings>,
    repository: Option<Repository>,
    #[expect(clippy::option_option, reason = "the outer one is validity, as in the fields above")]
    test_image: Option<Option<TestImage>>,
}

impl PartialSettings {
    /// The settings, if every part is valid.
    fn complete(self) -> Option<RegistrySettings> {
        let Self { connection, repository, test_image } = self;
        Some(RegistrySettings { connection: connection?, repository: repository?, test_image: test_image? })
    }
}

impl ConnectionFields {
    /// Validates all fields.
    ///
    /// # Errors
    /// The errors at all fields.
    pub fn validate(&self) -> Result<ValidConnection, Vec<FieldError>> {
        let mut field_errors = Vec::new();
        let settings = self.settings(&mut field_errors);
        let credentials = self.password(&mut field_errors).and_then(|password| {
            let parsed = Credentials::parse(&self.username, &password);
            collect_all(parsed.map_err(|errors| self.at_typed_field(errors)), &mut field_errors)
        });
        match (settings.complete(), credentials) {
            (Some(settings), Some(credentials)) => Ok(ValidConnection { settings, credentials }),
            _ => Err(field_errors),
        }
    }

    /// Validates everything but the credentials.
    fn settings(&self, field_errors: &mut Vec<FieldError>) -> PartialSettings {
        let url = collect_broken(RegistryUrl::parse(&self.url), "url", field_errors);
        let repository = collect_broken(Repository::beside(&self.repository, url.as_ref()), "repository", field_errors);
        let test_image = TestImage::beside(&self.test_image, url.as_ref(), repository.as_ref());
        let test_image = collect_broken(test_image, "test_image", field_errors);
        let skip = !self.skip_verification.is_empty();
        let trust = collect_all(TrustPolicy::parse(&self.ca_certificates, skip, &self.token_service), field_errors);
        let connection = url.zip(trust).map(|(url, trust)| ConnectionSettings { url, trust });
        PartialSettings { connection, repository, test_image }
    }

    /// The warning for the typed password, if any.
    #[cfg(feature = "ssr")]
    pub fn password_warning(&self) -> Option<Warning> {
        let password = self.password(&mut Vec::new())?;
        Warning::of_password(&self.username, password.expose())
    }

    /// Whether the multi-line field is filled in. A line break alone does not count.
    fn has_lines(&self) -> bool {
        !self.password_lines.expose().trim_matches(['\r', '\n']).is_empty()
    }

    /// Moves the errors of the password to the field that it was typed into.
    fn at_typed_field(&self, mut field_errors: Vec<FieldError>) -> Vec<FieldError> {
        if self.has_lines() {
            let at_password = field_errors.iter_mut().filter(|error| error.field == "password");
            at_password.for_each(|error| "password_lines".clone_into(&mut error.field));
        }
        field_errors
    }

    /// The password from the one of its two fields that is filled in. Browsers send the line breaks of the multi-line
    /// field as CRLF (HTML, form submission), although LF is meant. A single line loses its trailing line break, as
    /// with `docker login --password-stdin`; several lines are kept unchanged.
    fn password(&self, field_errors: &mut Vec<FieldError>) -> Option<Secret> {
        match (self.password.is_empty(), !self.has_lines()) {
            (_, true) => Some(self.password.clone()),
            (true, false) => {
                let text = Secret::new(self.password_lines.expose().replace("\r\n", "\n"));
                let line = text.expose().strip_suffix('\n').filter(|line| !line.contains(['\n', '\r']));
                Some(line.map(Secret::new).unwrap_or(text))
            }
            (false, false) => {
                field_errors.push(server_worded_error("password_lines", CredentialsError::Twice));
                None
            }
        }
    }
}

impl CreateFields {
    /// Reads the fields from a form in the browser.
    pub(crate) fn of(values: &FormValues) -> Self {
        Self { basic: BasicFields::of(values), connection: ConnectionFields::of(values), labels: Labels::default() }
    }

    /// Validates all fields.
    ///
    /// # Errors
    /// The errors at all fields.
    pub fn validate(&self) -> Result<NewRegistry, Vec<FieldError>> {
        let mut field_errors = Vec::new();
        let name = collect(Name::parse(&self.basic.name), "name", &mut field_errors);
        let workspace = match Name::parse(&self.basic.workspace) {
            Err(NameError::Missing) => {
                field_errors.push(field_error("workspace", "Choose a workspace."));
                None
            }
            other => collect(other, "workspace", &mut field_errors),
        };
        let connection = collect_all(self.connection.validate(), &mut field_errors);
        #[cfg(feature = "ssr")]
        field_errors.extend(self.labels.field_errors());
        match (name, workspace, connection) {
            (Some(name), Some(workspace), Some(ValidConnection { settings, credentials }))
                if field_errors.is_empty() =>
            {
                Ok(NewRegistry { name, workspace, settings, credentials, labels: self.labels.clone() })
            }
            _ => Err(field_errors),
        }
    }
}

impl EditFields {
    /// Reads the fields from a form in the browser.
    pub(crate) fn of(values: &FormValues) -> Self {
        Self { stored: StoredFields::of(values), connection: ConnectionFields::of(values), labels: None }
    }

    /// Validates all fields against what is stored.
    ///
    /// # Errors
    /// The errors at all fields.
    pub fn validate(&self, stored: &RegistryDetails) -> Result<RegistryUpdate, Vec<FieldError>> {
        let mut field_errors = Vec::new();
        let settings = self.connection.settings(&mut field_errors);
        let password = self.connection.password(&mut field_errors);
        let credentials = password.and_then(|password| {
            let change = CredentialsChange::parse(
                stored.username.as_deref(),
                stored.settings().as_ref(),
                settings.connection.as_ref(),
                &self.connection.username,
                &password,
                !self.stored.remove_credentials.is_empty(),
            );
            collect_all(change.map_err(|errors| self.connection.at_typed_field(errors)), &mut field_errors)
        });
        #[cfg(feature = "ssr")]
        field_errors.extend(self.labels.iter().flat_map(Labels::field_errors));
        match (settings.complete(), credentials) {
            (Some(settings), Some(credentials)) if field_errors.is_empty() => {
                Ok(RegistryUpdate { settings, credentials, labels: self.labels.clone() })
            }
            _ => Err(field_errors),
        }
    }
}

impl RegistryDetails {
    /// The stored connection settings, or `None` if they break a rule that was added later.
    pub fn settings(&self) -> Option<ConnectionSettings> {
        let trust = &self.trust;
        let url = RegistryUrl::parse(&self.url).ok()?;
        let trust = TrustPolicy::parse(&trust.ca_certificates, trust.skip_verification, &trust.token_service).ok()?;
        Some(ConnectionSettings { url, trust })
    }
}

/// Returns the value, or adds an error that the server words.
fn collect_broken<T, E: std::fmt::Display>(
    parsed: Result<T, E>,
    field: &str,
    field_errors: &mut Vec<FieldError>,
) -> Option<T> {
    parsed.map_err(|error| field_errors.push(server_worded_error(field, error))).ok()
}

/// Returns the value, or adds its error to the others.
fn collect<T, E: std::fmt::Display>(
    parsed: Result<T, E>,
    field: &str,
    field_errors: &mut Vec<FieldError>,
) -> Option<T> {
    parsed.map_err(|error| field_errors.push(field_error(field, error))).ok()
}

fn collect_all<T>(parsed: Result<T, Vec<FieldError>>, field_errors: &mut Vec<FieldError>) -> Option<T> {
    parsed.map_err(|mut errors| field_errors.append(&mut errors)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_at_all_fields_are_reported_together() {
        let connection = ConnectionFields {
            url: "ftp://x".into(),
            repository: "UP".into(),
            test_image: "app:".into(),
            username: "someone".into(),
            ca_certificates: "no PEM".into(),
            skip_verification: "yes".into(),
            token_service: "ftp://x".into(),
            ..ConnectionFields::default()
        };
        let basic = BasicFields { name: "Bad Name".into(), ..BasicFields::default() };
        let fields = CreateFields { basic, connection, labels: Labels::default() };
        let named: Vec<_> = fields.validate().unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(
            named,
            ["name", "workspace", "url", "repository", "test_image", "ca_certificates", "token_service", "password"]
        );
    }

    #[test]
    fn a_multi_line_password_keeps_its_lines() {
        let connection = |password: &str, lines: &str| {
            let fields = ConnectionFields {
                url: "a.example".into(),
                username: "_json_key".into(),
                password: Secret::new(password),
                password_lines: Secret::new(lines),
                ..ConnectionFields::default()
            };
            fields.validate().map(|read| read.credentials.unwrap().password.expose().to_owned())
        };
        assert_eq!(connection("", "{\r\n  \"a\": 1\r\n}"), Ok("{\n  \"a\": 1\n}".to_owned()));
        assert_eq!(connection(" one line ", ""), Ok(" one line ".to_owned()));
        assert_eq!(connection("", "token\r\n"), Ok("token".to_owned()), "as docker login does: NVIDIA/OSMO#1210");
        assert_eq!(connection("", "token\n"), Ok("token".to_owned()));
        assert_eq!(connection("", " token \n"), Ok(" token ".to_owned()), "only one line break is dropped");
        assert_eq!(connection("", "token\n\n"), Ok("token\n\n".to_owned()));
        assert_eq!(connection("", "{\n}\n"), Ok("{\n}\n".to_owned()), "a key keeps the last line break of its file");
        assert_eq!(connection("one", "two").unwrap_err()[0].field, "password_lines");
        assert_eq!(connection("one", "\r\n"), Ok("one".to_owned()), "a line break alone is not a password");
        assert_eq!(connection("", &"x".repeat(16 * 1024 + 1)).unwrap_err()[0].field, "password_lines");
    }
}
