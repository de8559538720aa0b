//! How much a successful check has verified.

use serde::{Deserialize, Serialize};

/// What is known about the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// The registry or its token service has accepted them.
    Accepted,
    /// None are stored, and the API requires none.
    Anonymous,
    /// Some are stored, but the registry never asked for them.
    NotAsked,
    /// Some are stored, but the registry answers the same without them.
    NotVerified,
}

/// What is known about the permission to pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pull {
    /// Images can be read.
    Verified,
    /// Unknown, for this reason.
    NotVerified(Unverified),
}

/// Why it is unknown whether images can be pulled. None of these speaks against the registry: listing tags is not
/// pulling, and a project is not an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unverified {
    /// No test image is set, and there is no repository to try.
    NoImageNamed,
    /// Nothing exists at the repository's exact path: it is not itself an image.
    NoImageAtPath,
    /// The registry refuses to list tags.
    Refused,
    /// The registry redirects the request, and the check does not follow.
    Redirected,
    TooSlow,
    /// The answer cannot be read.
    Unusable,
    /// The registry or its token service returned a server error.
    ServerError,
    /// Too many requests. Holds the seconds to wait, if the registry names them.
    RateLimited(Option<u32>),
    /// The token service issues tokens only for named images.
    ScopeNeeded,
}

impl Access {
    /// The first half of a finding's sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Accepted => "Credentials accepted",
            Self::Anonymous => "Anonymous access",
            Self::NotAsked => "Registry did not ask for credentials",
            Self::NotVerified => "Reachable, credentials not verified",
        }
    }
}

impl Pull {
    /// The second half of a finding's sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Verified => "pull verified",
            Self::NotVerified(reason) => match reason {
                Unverified::NoImageNamed => "pull not verified: no image to try",
                Unverified::NoImageAtPath => "pull not verified: no image at this path",
                Unverified::Refused => "pull not verified: the tags cannot be listed",
                Unverified::Redirected => "pull not verified: redirected elsewhere",
                Unverified::TooSlow => "pull not verified: the answer took too long",
                Unverified::Unusable => "pull not verified: the answer cannot be read",
                Unverified::ServerError => "pull not verified: server error",
                Unverified::RateLimited(_) => "pull not verified: rate limited",
                Unverified::ScopeNeeded => "pull not verified: no token without an image",
            },
        }
    }

    /// What a person can do about it, or `None` if there is nothing to do.
    pub fn next_step(self) -> Option<&'static str> {
        let Self::NotVerified(reason) = self else { return None };
        Some(match reason {
            Unverified::NoImageAtPath => {
                "That is normal if the repository is a project that holds images. To verify the pull itself, name a test image in the form."
            }
            Unverified::RateLimited(_) => {
                "Nothing is wrong with the registry. Registries have higher limits for logged-in users; the check retries later."
            }
            Unverified::Refused => {
                "Some registries let an account pull images and not list them. To find out, name a test image in the form."
            }
            Unverified::Redirected => {
                "Clusters follow such redirects. This check talks only to the registry's own host."
            }
            _ => {
                "This does not stop your clusters from pulling. To verify the pull itself, name a test image in the form."
            }
        })
    }
}
