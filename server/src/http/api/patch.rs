//! Changes of a registry, as a JSON merge patch (RFC 7396).

use super::extract::{check_kind, from_json};
use super::json::StrictJson;
use super::problem::ApiError;
use crate::features::{connection_fields, ticked};
use api::image_registry::{AuthConfig, ImageRegistryInput, KIND, MetadataInput, SpecInput, Trust};
use app::image_registries::{ConnectionFields, EditFields, RegistryDetails, StoredFields};
use domain::Labels;
use serde_json::{Map, Value};

/// The edit form that a patch amounts to.
///
/// # Errors
/// If the patched document has another shape, or another name or workspace.
pub fn edit_fields(stored: &RegistryDetails, patch: Map<String, Value>) -> Result<EditFields, ApiError> {
    // Both types are plain structs, which always serialise.
    let mut document = serde_json::to_value(input(stored)).unwrap_or_default();
    merge(&mut document, &Value::Object(patch));
    let patched: ImageRegistryInput = from_json(StrictJson(document))?;
    let ImageRegistryInput { api_version, kind, metadata, spec } = patched;
    check_kind(api_version.as_deref(), kind.as_deref(), KIND)?;
    let moved = metadata.workspace.as_ref().is_some_and(|workspace| *workspace != stored.workspace);
    for (changed, pointer) in [(metadata.name != stored.name, "/metadata/name"), (moved, "/metadata/workspace")] {
        if changed {
            return Err(ApiError::invalid_field(pointer, "This never changes. Create another registry instead."));
        }
    }
    let remove = stored.username.is_some() && spec.authconfig.is_none();
    Ok(EditFields {
        stored: StoredFields {
            registry: stored.id.clone(),
            based_on: stored.version.to_string(),
            remove_credentials: ticked(remove),
            confirmed: String::new(),
        },
        connection: with_credentials(spec),
        labels: Some(Labels { labels: metadata.labels, annotations: metadata.annotations }),
    })
}

/// The fields of a form that a `spec` amounts to.
pub fn with_credentials(spec: SpecInput) -> ConnectionFields {
    let AuthConfig { username, password } = spec.authconfig.unwrap_or_default();
    let fields = connection_fields(spec.url, spec.repository, spec.test_image, spec.trust);
    ConnectionFields { username, password, ..fields }
}

/// A registry as it would be created, without its password.
fn input(stored: &RegistryDetails) -> ImageRegistryInput {
    ImageRegistryInput {
        api_version: None,
        kind: None,
        metadata: MetadataInput {
            name: stored.name.clone(),
            workspace: Some(stored.workspace.clone()),
            labels: stored.labels.labels.clone(),
            annotations: stored.labels.annotations.clone(),
        },
        spec: SpecInput {
            url: stored.url.clone(),
            repository: stored.repository.clone(),
            test_image: stored.test_image.clone(),
            trust: Trust {
                ca_certificates: stored.trust.ca_certificates.clone(),
                skip_verification: stored.trust.skip_verification,
                token_service: stored.trust.token_service.clone(),
            },
            authconfig: stored
                .username
                .as_ref()
                .map(|username| AuthConfig { username: username.clone(), password: Default::default() }),
        },
    }
}

/// RFC 7396 2, except that null for a field with a default means that default.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Default::default());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (key, value) in patch {
        match value {
            Value::Null => _ = target.remove(key),
            value => merge(target.entry(key.clone()).or_insert(Value::Null), value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The example of RFC 7396 3, and some of appendix A.
    #[test]
    fn a_patch_is_merged_as_the_specification_says() {
        for (mut target, patch, expected) in [
            (
                json!({"a": "b", "c": {"d": "e", "f": "g"}}),
                json!({"a": "z", "c": {"f": null}}),
                json!({"a": "z", "c": {"d": "e"}}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({"a": "foo"}), json!(null), json!(null)),
        ] {
            merge(&mut target, &patch);
            assert_eq!(target, expected, "{patch}");
        }
    }
}
