//! Image registries and reports of checks, as the API shows them.

use crate::display_time::rfc3339;
use api::API_VERSION;
use api::image_registry::{ImageRegistry, KIND, Metadata, Report, ReportStep, Spec, Status, StoredCredentials, Trust};
use app::image_registries::{RegistryDetails, Report as ReportView, StepOutcome};

/// A registry as the API shows it.
pub fn resource(details: RegistryDetails) -> ImageRegistry {
    let credentials = details
        .username
        .zip(details.password_set)
        .map(|(username, set)| StoredCredentials { username, password_set_time: rfc3339(set.at) });
    ImageRegistry {
        api_version: API_VERSION.to_owned(),
        kind: KIND.to_owned(),
        metadata: Metadata {
            name: details.name,
            workspace: details.workspace,
            labels: details.labels.labels,
            annotations: details.labels.annotations,
            creation_timestamp: rfc3339(details.created.at),
            created_by: details.created_by,
            update_timestamp: rfc3339(details.updated.at),
            updated_by: details.updated_by,
            version: details.version,
        },
        spec: Spec {
            url: details.url,
            repository: details.repository,
            test_image: details.test_image,
            trust: Trust {
                ca_certificates: details.trust.ca_certificates,
                skip_verification: details.trust.skip_verification,
                token_service: details.trust.token_service,
            },
        },
        status: Status {
            phase: details.status.phase.as_str().to_owned(),
            reason: details.status.reason,
            last_transition_time: rfc3339(details.status_since.at),
            last_checked_time: details.checked.map(|time| rfc3339(time.at)),
            last_connected_time: details.connected.map(|time| rfc3339(time.at)),
            checking: details.status.checking,
            image_prefix: details.image_prefix,
            credentials,
            credentials_readable: details.may_read_credentials,
        },
    }
}

/// A report as the API shows it.
pub fn report(view: ReportView) -> Report {
    let outcome = |outcome| match outcome {
        StepOutcome::Passed => "Passed",
        StepOutcome::Unverified => "Unverified",
        StepOutcome::Failed => "Failed",
    };
    let steps = view.steps.into_iter().map(|step| ReportStep {
        label: step.label,
        peer: step.peer,
        outcome: outcome(step.outcome).to_owned(),
        sentence: step.sentence,
    });
    Report {
        phase: view.phase.as_str().to_owned(),
        reason: view.reason,
        next_step: view.next_step,
        steps: steps.collect(),
    }
}
