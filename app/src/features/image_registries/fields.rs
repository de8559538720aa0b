//! The forms' fields and their rules: the same code in the browser and on the server.
//!
//! Each struct here is flattened into the server functions of its form, so a new field belongs into its struct alone.

use super::RegistryDetails;
use crate::server_functions::{FormValues, form_fields};
use domain::{
    ConnectionSettings, Credentials, CredentialsChange, CredentialsError, FieldError, Name, NameError, RegistryUrl,
    Repository, Secret, TestImage, TrustPolicy, Warning, broken, field_error,
};

form_fields! {
    /// What both forms hold of the connection, as typed.
    pub struct ConnectionFields {
        /// Where it answers.
        pub url: String,
        /// The project inside it.
        pub repository: String,
        /// An image for the check to pull; empty means none.
        pub test_image: String,
        /// Who logs in.
        pub username: String,
        /// With which password. On edit, empty means the stored one.
        pub password: Secret,
        /// The password, where it has several lines.
        pub password_lines: Secret,
        /// Authorities of the registry's own, in PEM.
        pub ca_certificates: String,
        /// Ticked where any certificate will do.
        pub skip_verification: String,
        /// A token service outside of the registry's domain.
        pub token_service: String,
    }
}

form_fields! {
    /// What only the create form holds, as typed.
    pub struct BasicFields {
        /// The registry's name.
        pub name: String,
        /// The workspace that shall own it.
        pub workspace: String,
    }
}

form_fields! {
    /// What only the edit form holds, as typed.
    pub struct StoredFields {
        /// The id of the registry.
        pub registry: String,
        /// The version that the form is based on (optimistic locking).
        pub based_on: String,
        /// Ticked if the stored credentials shall go.
        pub remove_credentials: String,
    }
}

/// The create form, as typed.
#[derive(Clone, Debug, Default)]
pub struct CreateFields {
    /// What it is called, and where it belongs.
    pub basic: BasicFields,
    /// How it is reached.
    pub connection: ConnectionFields,
}

/// The edit form, as typed.
#[derive(Clone, Debug, Default)]
pub struct EditFields {
    /// What it changes.
    pub stored: StoredFields,
    /// How it is reached.
    pub connection: ConnectionFields,
}

/// A registry that can be created.
#[derive(Clone, Debug)]
pub struct NewRegistry {
    /// The registry's name.
    pub name: Name,
    /// The workspace that shall own it.
    pub workspace: Name,
    /// The way to it.
    pub settings: ConnectionSettings,
    /// The project inside it.
    pub repository: Repository,
    /// An image for the check to pull.
    pub test_image: Option<TestImage>,
    /// Who logs in and how; none for anonymous access.
    pub credentials: Option<Credentials>,
}

/// A change that can be made.
#[derive(Clone, Debug)]
pub struct RegistryUpdate {
    /// The way to it.
    pub settings: ConnectionSettings,
    /// The project inside it.
    pub repository: Repository,
    /// An image for the check to pull.
    pub test_image: Option<TestImage>,
    /// What happens to the credentials.
    pub credentials: CredentialsChange,
}

/// A connection that can be tested.
#[derive(Clone, Debug)]
pub struct ValidConnection {
    /// The way to it.
    pub settings: ConnectionSettings,
    /// The project inside it.
    pub repository: Repository,
    /// An image for the check to pull.
    pub test_image: Option<TestImage>,
    /// Who logs in and how; none for anonymous access.
    pub credentials: Option<Credentials>,
}

/// Each part as far as it keeps its rules.
struct Place {
    settings: Option<ConnectionSettings>,
    repository: Option<Repository>,
    test_image: Option<Option<TestImage>>,
}

impl ConnectionFields {
    /// Reads all fields.
    ///
    /// # Errors
    /// Every problem of every field.
    pub fn validate(&self) -> Result<ValidConnection, Vec<FieldError>> {
        let mut field_errors = Vec::new();
        let place = self.place(&mut field_errors);
        let credentials = self.password(&mut field_errors).and_then(|password| {
            let parsed = Credentials::parse(&self.username, &password);
            collect_all(parsed.map_err(|found| self.where_typed(found)), &mut field_errors)
        });
        match (place, credentials) {
            (
                Place { settings: Some(settings), repository: Some(repository), test_image: Some(test_image) },
                Some(credentials),
            ) => Ok(ValidConnection { settings, repository, test_image, credentials }),
            _ => Err(field_errors),
        }
    }

    /// Where the images are, and how to get there.
    fn place(&self, field_errors: &mut Vec<FieldError>) -> Place {
        let url = judge(RegistryUrl::parse(&self.url), "url", field_errors);
        let repository = judge(Repository::beside(&self.repository, url.as_ref()), "repository", field_errors);
        let test_image = TestImage::beside(&self.test_image, url.as_ref(), repository.as_ref());
        let test_image = judge(test_image, "test_image", field_errors);
        let skip = !self.skip_verification.is_empty();
        let trust = collect_all(TrustPolicy::parse(&self.ca_certificates, skip, &self.token_service), field_errors);
        let settings = url.zip(trust).map(|(url, trust)| ConnectionSettings { url, trust });
        Place { settings, repository, test_image }
    }

    /// What is worth a word about the password that was typed.
    #[cfg(feature = "ssr")]
    pub fn password_warning(&self) -> Option<Warning> {
        let password = self.password(&mut Vec::new())?;
        Warning::of_password(&self.username, password.expose())
    }

    /// Whether the field for several lines is the one that was used. A line break alone is none.
    fn has_lines(&self) -> bool {
        !self.password_lines.expose().trim_matches(['\r', '\n']).is_empty()
    }

    /// Problems of the password at the field that it was typed into.
    fn where_typed(&self, mut field_errors: Vec<FieldError>) -> Vec<FieldError> {
        if self.has_lines() {
            let at_password = field_errors.iter_mut().filter(|problem| problem.field == "password");
            at_password.for_each(|problem| problem.field = "password_lines".to_owned());
        }
        field_errors
    }

    /// The password from whichever of its two fields holds it. Browsers send each line break of the larger one as
    /// carriage return and line feed (HTML, form submission); a line feed is what was meant. A single line loses the line
    /// break at its end, as with `docker login --password-stdin`; where there are several, all of it is kept.
    fn password(&self, field_errors: &mut Vec<FieldError>) -> Option<Secret> {
        match (self.password.is_empty(), !self.has_lines()) {
            (_, true) => Some(self.password.clone()),
            (true, false) => {
                let text = Secret::new(self.password_lines.expose().replace("\r\n", "\n"));
                let line = text.expose().strip_suffix('\n').filter(|line| !line.contains(['\n', '\r']));
                Some(line.map(Secret::new).unwrap_or(text))
            }
            (false, false) => {
                field_errors.push(broken("password_lines", CredentialsError::Twice));
                None
            }
        }
    }
}

impl CreateFields {
    /// The fields of a form in the browser.
    pub(crate) fn of(values: &FormValues) -> Self {
        Self { basic: BasicFields::of(values), connection: ConnectionFields::of(values) }
    }

    /// Reads all fields.
    ///
    /// # Errors
    /// Every problem of every field.
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
        match (name, workspace, connection) {
            (Some(name), Some(workspace), Some(ValidConnection { settings, repository, test_image, credentials })) => {
                Ok(NewRegistry { name, workspace, settings, repository, test_image, credentials })
            }
            _ => Err(field_errors),
        }
    }
}

impl EditFields {
    /// The fields of a form in the browser.
    pub(crate) fn of(values: &FormValues) -> Self {
        Self { stored: StoredFields::of(values), connection: ConnectionFields::of(values) }
    }

    /// Reads all fields, against what is stored.
    ///
    /// # Errors
    /// Every problem of every field.
    pub fn validate(&self, stored: &RegistryDetails) -> Result<RegistryUpdate, Vec<FieldError>> {
        let mut field_errors = Vec::new();
        let place = self.connection.place(&mut field_errors);
        let password = self.connection.password(&mut field_errors);
        let credentials = password.and_then(|password| {
            let change = CredentialsChange::parse(
                stored.username.as_deref(),
                stored.settings().as_ref(),
                place.settings.as_ref(),
                &self.connection.username,
                &password,
                !self.stored.remove_credentials.is_empty(),
            );
            collect_all(change.map_err(|found| self.connection.where_typed(found)), &mut field_errors)
        });
        match (place, credentials) {
            (
                Place { settings: Some(settings), repository: Some(repository), test_image: Some(test_image) },
                Some(credentials),
            ) => Ok(RegistryUpdate { settings, repository, test_image, credentials }),
            _ => Err(field_errors),
        }
    }
}

impl RegistryDetails {
    /// The way to the registry, as it is stored; none where it breaks a rule that has come since.
    pub fn settings(&self) -> Option<ConnectionSettings> {
        let trust = &self.trust;
        let url = RegistryUrl::parse(&self.url).ok()?;
        let trust = TrustPolicy::parse(&trust.ca_certificates, trust.skip_verification, &trust.token_service).ok()?;
        Some(ConnectionSettings { url, trust })
    }
}

/// The value, or that it breaks a rule.
fn judge<T, E: std::fmt::Display>(parsed: Result<T, E>, field: &str, field_errors: &mut Vec<FieldError>) -> Option<T> {
    parsed.map_err(|error| field_errors.push(broken(field, error))).ok()
}

/// The value, or its problem among the others.
fn collect<T, E: std::fmt::Display>(
    parsed: Result<T, E>,
    field: &str,
    field_errors: &mut Vec<FieldError>,
) -> Option<T> {
    parsed.map_err(|error| field_errors.push(field_error(field, error))).ok()
}

fn collect_all<T>(parsed: Result<T, Vec<FieldError>>, field_errors: &mut Vec<FieldError>) -> Option<T> {
    parsed.map_err(|mut found| field_errors.append(&mut found)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_named_at_once() {
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
        let fields = CreateFields { basic, connection };
        let named: Vec<_> = fields.validate().unwrap_err().into_iter().map(|problem| problem.field).collect();
        assert_eq!(
            named,
            ["name", "workspace", "url", "repository", "test_image", "ca_certificates", "token_service", "password"]
        );
    }

    #[test]
    fn a_password_of_several_lines_keeps_its_lines() {
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
        assert_eq!(connection("", "token\r\n"), Ok("token".to_owned()), "as docker drops it: NVIDIA/OSMO#1210");
        assert_eq!(connection("", "token\n"), Ok("token".to_owned()));
        assert_eq!(connection("", " token \n"), Ok(" token ".to_owned()), "one line break and no more");
        assert_eq!(connection("", "token\n\n"), Ok("token\n\n".to_owned()));
        assert_eq!(connection("", "{\n}\n"), Ok("{\n}\n".to_owned()), "a key keeps the last line break of its file");
        assert_eq!(connection("one", "two").unwrap_err()[0].field, "password_lines");
        assert_eq!(connection("one", "\r\n"), Ok("one".to_owned()), "a line break alone is no password");
        assert_eq!(connection("", &"x".repeat(16 * 1024 + 1)).unwrap_err()[0].field, "password_lines");
    }
}
