//! What a check can find: a closed set, each with a sentence for a person and a next step.
//!
//! Nothing that the other side sent becomes part of a sentence. The one exception is the name of a token
//! service, which has passed for a host name before it gets here: without it nobody could act.

use super::Phase;
use serde::{Deserialize, Serialize};

/// The outcome of a check, or of one hop of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// With these credentials images can be pulled from the repository.
    PullProved,
    /// The credentials are good; which images they open is not known.
    CredentialsAccepted,
    /// The credentials are good; there is no image repository of exactly the configured path.
    AcceptedWithoutRepository,
    /// Anyone can pull images from the repository.
    AnonymousPullProved,
    /// The registry lets anyone in; which images can be pulled is not known.
    AnonymousAccess,
    /// The registry lets anyone in; there is no image repository of exactly the configured path.
    AnonymousWithoutRepository,
    /// The registry lets anyone in and never asked for the stored credentials.
    CredentialsNotAsked,
    /// The token service gives the same to anyone, so that the credentials are neither proved nor refuted.
    CredentialsNotProved,

    /// The registry wants fewer requests; it names the seconds to wait, or does not.
    RateLimited(Option<u32>),
    /// The check could not be carried out, for a reason on this side.
    CheckBroken,

    /// The address is one that this console does not connect to.
    AddressDenied,
    /// There is no such host.
    HostNotFound,
    /// The name service gave no usable answer.
    NameServiceFailed,
    /// Nothing listens on this port.
    ConnectionRefused,
    /// The network has no way there.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The certificate is signed by nobody that is trusted here.
    UnknownAuthority,
    /// The certificate is for another host.
    CertificateForOtherHost,
    /// The certificate is over.
    CertificateExpired,
    /// The certificate has not begun.
    CertificateNotYetValid,
    /// The certificate is broken in another way.
    CertificateUnusable,
    /// The registry wants a certificate from its clients.
    ClientCertificateWanted,
    /// http is spoken where https was expected.
    PlainHttpThere,
    /// https is spoken where http was expected.
    TlsThere,
    /// No encrypted connection came about.
    TlsFailed,
    /// Something answers, but it is no registry.
    NotARegistry,
    /// It points elsewhere. Redirects are not followed.
    Redirected,
    /// The answer is larger than any that belongs here.
    TooLarge,
    /// The connection ended in the middle, or what came is no HTTP.
    BrokenAnswer,
    /// The server says that it is in trouble.
    ServerError,
    /// The registry asks for credentials in a way that is not understood.
    ChallengeNotUnderstood,
    /// The registry sends people for a token to a host that credentials are not given to.
    TokenServiceNotTrusted(String),
    /// The registry sends people for a token where credentials would travel in the clear.
    TokenServiceInsecure(String),
    /// The token service gave something that is no token.
    NoToken,
    /// The registry does not accept the token that its own token service gave.
    TokenNotAccepted,
    /// Username or password are wrong.
    CredentialsRejected,
    /// The registry lets nobody in without credentials, and none are stored.
    CredentialsRequired,
    /// The credentials are good, but do not open this.
    AccessDenied,
    /// The stored password cannot be read.
    SecretUnusable,
}

impl Finding {
    /// What it means for the registry; none where it says nothing about it.
    pub fn phase(&self) -> Option<Phase> {
        match self {
            Self::PullProved
            | Self::CredentialsAccepted
            | Self::AcceptedWithoutRepository
            | Self::AnonymousPullProved
            | Self::AnonymousAccess
            | Self::AnonymousWithoutRepository
            | Self::CredentialsNotAsked
            | Self::CredentialsNotProved => Some(Phase::Connected),
            Self::RateLimited(_) | Self::CheckBroken => None,
            _ => Some(Phase::Failed),
        }
    }

    /// What was found, in a few words that fit into a list.
    pub fn sentence(&self) -> String {
        let fixed = match self {
            Self::PullProved => "credentials accepted, pull proved",
            Self::CredentialsAccepted => "credentials accepted, pull not proved",
            Self::AcceptedWithoutRepository => "credentials accepted, no image at this path",
            Self::AnonymousPullProved => "anonymous access, pull proved",
            Self::AnonymousAccess => "anonymous access, pull not proved",
            Self::AnonymousWithoutRepository => "anonymous access, no image at this path",
            Self::CredentialsNotAsked => "reachable, the credentials were not asked for",
            Self::CredentialsNotProved => "reachable, the credentials are not proved",
            Self::RateLimited(Some(seconds)) => {
                return format!("rate limited, to be asked again in {}", wait(*seconds));
            }
            Self::RateLimited(None) => "rate limited",
            Self::CheckBroken => "the check could not be carried out",
            Self::AddressDenied => "the address is not allowed here",
            Self::HostNotFound => "the host name does not exist",
            Self::NameServiceFailed => "the name service does not answer",
            Self::ConnectionRefused => "connection refused",
            Self::Unreachable => "the network has no way there",
            Self::TimedOut => "no answer in time",
            Self::UnknownAuthority => "certificate of an unknown authority",
            Self::CertificateForOtherHost => "certificate for another host",
            Self::CertificateExpired => "certificate expired",
            Self::CertificateNotYetValid => "certificate not valid yet",
            Self::CertificateUnusable => "certificate unusable",
            Self::ClientCertificateWanted => "a client certificate is wanted",
            Self::PlainHttpThere => "plain http on this port",
            Self::TlsThere => "https on this port",
            Self::TlsFailed => "no encrypted connection",
            Self::NotARegistry => "something answers, but no registry",
            Self::Redirected => "redirected elsewhere",
            Self::TooLarge => "the answer is too large",
            Self::BrokenAnswer => "the answer broke off",
            Self::ServerError => "the server reports an error of its own",
            Self::ChallengeNotUnderstood => "asks for credentials in an unknown way",
            Self::TokenServiceNotTrusted(host) => return format!("token service {host} is not trusted"),
            Self::TokenServiceInsecure(host) => return format!("token service {host} is not encrypted"),
            Self::NoToken => "no token was given",
            Self::TokenNotAccepted => "the token is not accepted",
            Self::CredentialsRejected => "username or password rejected",
            Self::CredentialsRequired => "credentials required",
            Self::AccessDenied => "access denied",
            Self::SecretUnusable => "the stored password cannot be read",
        };
        fixed.to_owned()
    }

    /// What a person can do about it; none where nothing is left to do.
    pub fn next_step(&self) -> Option<&'static str> {
        Some(match self {
            Self::PullProved | Self::AnonymousPullProved => return None,
            Self::CredentialsAccepted | Self::AnonymousAccess => {
                "To have pull access proved, configure the path of an image as the repository. A project or namespace alone cannot prove it."
            }
            Self::AcceptedWithoutRepository | Self::AnonymousWithoutRepository => {
                "That is as it should be where the repository is a project that holds images. Otherwise check its spelling."
            }
            Self::CredentialsNotAsked => {
                "The registry is open to anyone. If it should not be, look at its access rules; if it should, remove the credentials."
            }
            Self::CredentialsNotProved => {
                "The token service answers everyone alike. Configure the path of a private image as the repository to have the credentials proved."
            }
            Self::RateLimited(_) => {
                "Wait. Registries allow more to those who log in: add credentials, or use an account with a higher limit."
            }
            Self::CheckBroken => "Check again. If it stays so, look into the server's log.",
            Self::AddressDenied => {
                "Link-local, metadata and loopback addresses are never dialled. Whoever operates this console can allow loopback and networks with --allow-network."
            }
            Self::HostNotFound => {
                "Check the spelling of the host, and that the machine of this console knows the name."
            }
            Self::NameServiceFailed => "Check the name servers of the machine of this console, then check again.",
            Self::ConnectionRefused => "Check that the registry is running, and that the port is right.",
            Self::Unreachable => "Check routes and firewalls between the machine of this console and the registry.",
            Self::TimedOut => {
                "Check that the registry is not overloaded, and that no firewall drops packets on the way."
            }
            Self::UnknownAuthority => {
                "If the authority is your own, give its certificate in the form, under Advanced. The nodes of your clusters must trust it, too."
            }
            Self::CertificateForOtherHost => {
                "Use the host name that the certificate was made for, or have one made for this host."
            }
            Self::CertificateExpired => "Renew the registry's certificate. Nodes refuse it as well.",
            Self::CertificateNotYetValid => "Check the clocks of the registry and of the machine of this console.",
            Self::CertificateUnusable => "Replace the registry's certificate.",
            Self::ClientCertificateWanted => "Client certificates are not supported: let the registry take a password.",
            Self::PlainHttpThere => "Write http:// before the host, or give the port on which it speaks https.",
            Self::TlsThere => "Write https:// before the host.",
            Self::TlsFailed => "The registry must speak TLS 1.2 or 1.3.",
            Self::NotARegistry => {
                "Use the host of the registry itself, not of its website, and its right port. /v2/ must answer there."
            }
            Self::Redirected => "Use the address that the registry answers at itself: redirects are not followed.",
            Self::TooLarge => "Check that this is a registry.",
            Self::BrokenAnswer => "Check that a registry listens on this port, and look into its log.",
            Self::ServerError => "Look into the registry's log, or wait.",
            Self::ChallengeNotUnderstood => {
                "Basic and Bearer authentication are understood. Check the registry's configuration of its token service."
            }
            Self::TokenServiceNotTrusted(_) => {
                "Credentials go only to the registry's own domain. If you know this host to be its token service, confirm it in the form, under Advanced."
            }
            Self::TokenServiceInsecure(_) => "Let the registry name its token service with https.",
            Self::NoToken => "Check the token service, and its address in the registry's configuration.",
            Self::TokenNotAccepted => {
                "Check that registry and token service share key and service name, and that their clocks agree."
            }
            Self::CredentialsRejected => {
                "Check username and password. With two-factor login most registries want an access token instead of the password."
            }
            Self::CredentialsRequired => "Add a username and a password.",
            Self::AccessDenied => {
                "Give the user the permission to pull here, or check the repository: many registries say the same of what does not exist."
            }
            Self::SecretUnusable => "Enter the password again.",
        })
    }
}

/// Seconds as a person says them.
fn wait(seconds: u32) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}
