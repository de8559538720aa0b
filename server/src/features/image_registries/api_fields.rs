//! Between the resource of the API and the fields of a form, whose rules apply to both.

use api::image_registry::Trust;
use app::image_registries::ConnectionFields;

/// The fields of a form that a `spec` without credentials amounts to.
pub fn connection_fields(url: String, repository: String, test_image: String, trust: Trust) -> ConnectionFields {
    ConnectionFields {
        url,
        repository,
        test_image,
        ca_certificates: trust.ca_certificates,
        skip_verification: ticked(trust.skip_verification),
        token_service: trust.token_service,
        ..ConnectionFields::default()
    }
}

/// A box of a form.
pub fn ticked(is: bool) -> String {
    if is { "yes".to_owned() } else { String::new() }
}

/// Where the resource has a field of the form, as a JSON pointer (RFC 6901).
pub fn pointer(field: &str) -> String {
    let parent = match field {
        "name" | "workspace" | "labels" | "annotations" => "/metadata",
        "ca_certificates" | "skip_verification" | "token_service" => "/spec/trust",
        "username" | "password" => "/spec/authconfig",
        "password_lines" => return "/spec/authconfig/password".to_owned(),
        _ => "/spec",
    };
    format!("{parent}/{field}")
}
