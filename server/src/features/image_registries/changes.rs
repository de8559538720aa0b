//! What an edit changes, for the audit trail. A password never gets here.

use app::image_registries::{NewRegistry, RegistryDetails, RegistryUpdate};
use domain::{AuditChange, CaCertificates, CredentialsChange, Labels, RegistrySettings, TokenService, TrustPolicy};

/// The fields of a new registry.
pub fn created_fields(new: &NewRegistry) -> Vec<AuditChange> {
    let username = new.credentials.as_ref().map(|credentials| credentials.username.clone()).unwrap_or_default();
    let mut changes = changes(&Fields::default(), &Fields { username, ..Fields::of(&new.settings) });
    changes.extend(new.credentials.as_ref().and_then(|_| AuditChange::of("Password", "", "set")));
    changes.extend(label_changes(&Labels::default(), &new.labels));
    changes
}

/// The fields that an edit changes.
pub fn changed_fields(stored: &RegistryDetails, update: &RegistryUpdate) -> Vec<AuditChange> {
    let before = Fields {
        url: stored.url.clone(),
        repository: stored.repository.clone(),
        test_image: stored.test_image.clone(),
        username: stored.username.clone().unwrap_or_default(),
        authorities: stored.trust.ca_certificates.clone(),
        skip_verification: stored.trust.skip_verification,
        token_service: stored.trust.token_service.clone(),
    };
    let password_before = if stored.password_set.is_some() { "set" } else { "" };
    let (username, password) = match &update.credentials {
        CredentialsChange::Keep => (before.username.clone(), None),
        CredentialsChange::Remove => (String::new(), AuditChange::of("Password", password_before, "")),
        CredentialsChange::Replace(credentials) => {
            let password_after = if password_before.is_empty() { "set" } else { "replaced" };
            (credentials.username.clone(), AuditChange::of("Password", password_before, password_after))
        }
    };
    let after = Fields { username, ..Fields::of(&update.settings) };
    let labels = update.labels.as_ref().map(|labels| label_changes(&stored.labels, labels));
    changes(&before, &after).into_iter().chain(password).chain(labels.into_iter().flatten()).collect()
}

/// Annotations may be long, so only their keys are named.
fn label_changes(before: &Labels, after: &Labels) -> Vec<AuditChange> {
    let labels = |labels: &Labels| {
        labels.labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
    };
    let keys = |labels: &Labels| labels.annotations.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (had, has) = (keys(before), keys(after));
    let annotations = match before.annotations != after.annotations && had == has {
        true => AuditChange::of("Annotations", had, format!("{has}, with other values")),
        false => AuditChange::of("Annotations", had, has),
    };
    AuditChange::of("Labels", labels(before), labels(after)).into_iter().chain(annotations).collect()
}

/// What is compared.
#[derive(Default)]
struct Fields {
    url: String,
    repository: String,
    test_image: String,
    username: String,
    /// PEM.
    authorities: String,
    skip_verification: bool,
    token_service: String,
}

impl Fields {
    /// Without the username.
    fn of(settings: &RegistrySettings) -> Self {
        let TrustPolicy { authorities, skip_verification, token_service } = &settings.connection.trust;
        Self {
            url: settings.connection.url.to_string(),
            repository: settings.repository.as_str().to_owned(),
            test_image: settings.test_image.as_ref().map(ToString::to_string).unwrap_or_default(),
            username: String::new(),
            authorities: authorities.as_ref().map(CaCertificates::as_str).unwrap_or_default().to_owned(),
            skip_verification: *skip_verification,
            token_service: token_service.as_ref().map(TokenService::as_str).unwrap_or_default().to_owned(),
        }
    }
}

fn changes(before: &Fields, after: &Fields) -> Vec<AuditChange> {
    let verification = |skip: bool| if skip { "off" } else { "on" };
    // Certificates are too long for a table.
    let number = |pem: &str| match pem.matches("-----BEGIN").count() {
        0 => String::new(),
        1 => "1 certificate".to_owned(),
        many => format!("{many} certificates"),
    };
    let (had, has) = (number(&before.authorities), number(&after.authorities));
    let authorities = match before.authorities != after.authorities && had == has {
        true => AuditChange::of("CA certificates", had, format!("{has}, others")),
        false => AuditChange::of("CA certificates", had, has),
    };
    [
        AuditChange::of("URL", &before.url, &after.url),
        AuditChange::of("Repository", &before.repository, &after.repository),
        AuditChange::of("Test image", &before.test_image, &after.test_image),
        AuditChange::of("Username", &before.username, &after.username),
        authorities,
        AuditChange::of("Verification", verification(before.skip_verification), verification(after.skip_verification)),
        AuditChange::of("Token service", &before.token_service, &after.token_service),
    ]
    .into_iter()
    .flatten()
    .collect()
}
