//! How much a check has verified of a registry that works.

use serde::{Deserialize, Serialize};

/// What is known about the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// The registry, or its token service, has accepted them.
    Accepted,
    /// There are none, and none are needed to get in.
    Anonymous,
    /// There are some, and the registry never asked for them.
    NotAsked,
    /// There are some, but everyone gets the same answers.
    NotVerified,
}

/// What is known about pulling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pull {
    /// Images can be read.
    Verified,
    /// It is not known, for this reason.
    NotVerified(Unverified),
}

/// Why it is not known whether images can be pulled. None of these speaks against the registry: listing tags is not
/// pulling, and a project is not an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unverified {
    /// The registry's settings name no image.
    NoImageNamed,
    /// The repository itself is not an image: nothing answers at its exact path.
    NoImageAtPath,
    /// The registry refuses to list its tags.
    Refused,
    /// The answer is at another address.
    Redirected,
    /// The answer takes too long.
    TooSlow,
    /// The answer cannot be used.
    Unusable,
    /// The registry, or its token service, returns a server error.
    ServerError,
    /// The registry wants fewer requests; it names the seconds to wait, or does not.
    RateLimited(Option<u32>),
    /// The token service gives tokens for named images only.
    ScopeNeeded,
}

impl Access {
    /// A few words that begin a sentence.
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
    /// A few words that end the sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Verified => "pull verified",
            Self::NotVerified(reason) => match reason {
                Unverified::NoImageNamed => "pull not verified: no image to try",
                Unverified::NoImageAtPath => "pull not verified: no image at this path",
                Unverified::Refused => "pull not verified: the tags cannot be listed",
                Unverified::Redirected => "pull not verified: redirected to another place",
                Unverified::TooSlow => "pull not verified: the answer took too long",
                Unverified::Unusable => "pull not verified: the answer cannot be read",
                Unverified::ServerError => "pull not verified: server error",
                Unverified::RateLimited(_) => "pull not verified: rate limited",
                Unverified::ScopeNeeded => "pull not verified: no token without an image",
            },
        }
    }

    /// What a person can do about it; none if nothing is left to do.
    pub fn next_step(self) -> Option<&'static str> {
        let Self::NotVerified(reason) = self else { return None };
        Some(match reason {
            Unverified::NoImageAtPath => {
                "That is normal if the repository is a project that holds images. To verify the pull itself, name a test image in the form."
            }
            Unverified::RateLimited(_) => {
                "Nothing is wrong with the registry. Registries allow more to those who log in; the check asks again later."
            }
            Unverified::Refused => {
                "Some registries let an account pull images and not list them. To know whether yours can, name a test image in the form."
            }
            Unverified::Redirected => {
                "Clusters follow such redirects. This check talks to the registry's own host alone."
            }
            _ => {
                "This does not stop your clusters from pulling. To verify the pull itself, name a test image in the form."
            }
        })
    }
}
