//! What pull access is tried on.

use super::target::Target;
use domain::TestImage;

/// An image, or a repository of which no image is known.
pub struct PullTarget {
    /// The path of a repository.
    path: String,
    /// A tag or digest that must be there; none if only the repository is known.
    reference: Option<String>,
}

impl PullTarget {
    /// The test image, else the repository itself. On Docker Hub one component is a user, never an image.
    pub fn of(target: &Target) -> Option<Self> {
        let repository = target.repository.as_str();
        if let Some(image) = &target.test_image {
            return Some(Self { path: below(repository, image), reference: Some(image.reference().to_owned()) });
        }
        let is_user = target.settings.url.is_docker_hub() && !repository.contains('/');
        (!repository.is_empty() && !is_user).then(|| Self { path: repository.to_owned(), reference: None })
    }

    /// Whether it is a test image that must be there.
    pub fn is_test_image(&self) -> bool {
        self.reference.is_some()
    }

    /// What a token for it is for (Distribution, token scopes).
    pub fn scope(&self) -> String {
        format!("repository:{}:pull", self.path)
    }

    /// Its list of tags.
    pub fn tags(&self) -> String {
        format!("/v2/{}/tags/list?n=1", self.path)
    }

    /// The manifest of the test image; none if only the repository is known.
    pub fn image(&self) -> Option<String> {
        self.reference.as_ref().map(|_| self.manifest())
    }

    /// Its manifest: that of the test image, or of the tag that most repositories have.
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
