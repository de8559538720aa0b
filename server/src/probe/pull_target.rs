//! What pull access is tested on.

use super::target::Target;
use domain::TestImage;

/// A test image, or a repository without a known image.
pub struct PullTarget {
    path: String,
    /// A tag or digest that must exist; `None` if only the repository is known.
    reference: Option<String>,
}

impl PullTarget {
    /// The test image if there is one, else the repository. On Docker Hub a single component is a user name, not an
    /// image.
    pub fn of(target: &Target) -> Option<Self> {
        let repository = target.repository.as_str();
        if let Some(image) = &target.test_image {
            return Some(Self { path: below(repository, image), reference: Some(image.reference().to_owned()) });
        }
        let is_user = target.settings.url.is_docker_hub() && !repository.contains('/');
        (!repository.is_empty() && !is_user).then(|| Self { path: repository.to_owned(), reference: None })
    }

    /// Whether this is a test image, which must exist.
    pub fn is_test_image(&self) -> bool {
        self.reference.is_some()
    }

    /// The token scope that pulling needs (Distribution, token scopes).
    pub fn scope(&self) -> String {
        format!("repository:{}:pull", self.path)
    }

    /// The path of the tag list.
    pub fn tags(&self) -> String {
        format!("/v2/{}/tags/list?n=1", self.path)
    }

    /// The path of the test image's manifest; `None` if only the repository is known.
    pub fn image(&self) -> Option<String> {
        self.reference.as_ref().map(|_| self.manifest())
    }

    /// The path of a manifest: that of the test image, or of `latest`.
    pub fn manifest(&self) -> String {
        format!("/v2/{}/manifests/{}", self.path, self.reference.as_deref().unwrap_or("latest"))
    }
}

fn below(repository: &str, image: &TestImage) -> String {
    match repository {
        "" => image.name().to_owned(),
        _ => format!("{repository}/{}", image.name()),
    }
}
