//! What a check can find: a closed set, each with a sentence and a next step for a person.
//!
//! No text that a server sent becomes part of a sentence. Host names and addresses do: they have been parsed as such,
//! and a person needs them to act.

use super::{Access, Phase, Pull, Unverified};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The outcome of a check, or of one of its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// The registry works. Holds how much of that was verified.
    Connected(Access, Pull),

    /// Too many requests. Holds the seconds to wait, if the registry names them.
    RateLimited(Option<u32>),
    /// The check could not run, for a reason within this console.
    #[serde(alias = "CheckBroken")]
    CheckFailed,

    /// The address policy forbids connecting to this address.
    AddressDenied(IpAddr, AddressRule),
    /// DNS has no such name.
    HostNotFound,
    /// DNS gave no usable answer.
    NameServiceFailed,
    /// DNS took too long.
    NameServiceSlow,
    /// The console's own proxy cannot be reached.
    ProxyUnreachable,
    /// The proxy rejects the console's credentials.
    ProxyCredentialsRejected,
    /// The proxy refuses to connect to this host.
    ProxyRefused,
    /// The proxy cannot reach the host.
    ProxyFailed,
    /// Nothing listens on this port.
    ConnectionRefused,
    /// There is no route to the host.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// No trusted authority has signed the certificate.
    UnknownAuthority,
    /// The server sends no intermediate certificate.
    IntermediateMissing,
    /// The certificate is valid for other hosts only.
    CertificateForOtherHost,
    /// The certificate names its host only in the Common Name, which Go and browsers ignore.
    CertificateWithoutSan,
    /// The URL's host is an IP address, and the certificate has no entry for it.
    CertificateWithoutAddress,
    CertificateExpired,
    CertificateNotYetValid,
    /// A certificate of the authority has expired.
    AuthorityExpired,
    /// The signing certificate is not marked as a CA certificate.
    AuthorityNotCa,
    /// This console does not support the signature algorithm.
    SignatureNotSupported,
    /// The certificate is invalid for another reason.
    CertificateUnusable,
    /// The registry requires a client certificate, which is not supported.
    ClientCertificateRequired,
    /// The server speaks plain http on a port where https was expected.
    #[serde(alias = "PlainHttpThere")]
    PlainHttpOnTlsPort,
    /// The server speaks https on a port where plain http was expected.
    #[serde(alias = "TlsThere")]
    TlsOnHttpPort,
    /// The handshake failed for a reason other than the certificate.
    TlsFailed,
    /// Something answers, but not as a registry would.
    NotARegistry,
    /// The registry redirects to https at the same host.
    RedirectedToHttps,
    /// The registry redirects to another path of the same host, more than once.
    RedirectedInside,
    /// The registry redirects to another host. Such redirects are not followed.
    Redirected,
    /// The answer exceeds the size limit.
    TooLarge,
    /// The connection closed too early, or the answer is not HTTP.
    BrokenAnswer,
    /// The registry returned a server error.
    ServerError,
    /// The registry returned a server error, and the seconds to wait.
    Unavailable(u32),
    /// The registry asks for credentials in an unsupported authentication scheme.
    ChallengeNotUnderstood,
    /// The registry answers 401 without a `WWW-Authenticate` header.
    ChallengeMissing,
    /// The token service that the registry names is at this host, which is not trusted with the credentials.
    TokenServiceNotTrusted(String),
    /// The token service that the registry names is at this host, and credentials would be sent there in the clear.
    TokenServiceInsecure(String),
    /// The token service's answer contains no token.
    NoToken,
    /// The registry rejects the token of its own token service.
    TokenNotAccepted,
    /// The token is too large for the registry or a proxy in front of it.
    TokenTooLarge,
    /// The username or password is wrong.
    CredentialsRejected,
    /// The registry requires credentials, and none are stored.
    CredentialsRequired,
    /// The registry denies access to this machine, regardless of credentials.
    AccessDenied,
    /// The credentials do not permit pulling the test image.
    PullDenied,
    ImageNotFound,
    /// The stored password cannot be decrypted.
    SecretUnusable,
    /// The stored settings break a rule that was added later.
    SettingsUnusable,
}

/// Why an address is blocked (protection against SSRF).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AddressRule {
    /// This machine. The operator can allow it.
    Loopback,
    /// Never allowed.
    LinkLocal,
    /// The metadata service of a cloud. Never allowed.
    Metadata,
    /// Multicast, reserved or unspecified. Never allowed.
    NotAHost,
    /// A network that the operator has denied.
    Operator,
    /// This console.
    Itself,
    /// A private address that a public registry names as its token service.
    PrivateForPublic,
}

impl AddressRule {
    fn words(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::LinkLocal => "link-local",
            Self::Metadata => "cloud metadata",
            Self::NotAHost => "not a host",
            Self::Operator => "denied by the operator",
            Self::Itself => "this console itself",
            Self::PrivateForPublic => "a private address named by a public registry",
        }
    }
}

impl Finding {
    /// The phase of a registry with this finding, or `None` if it says nothing about the registry.
    pub fn phase(&self) -> Option<Phase> {
        match self {
            Self::Connected(..) => Some(Phase::Connected),
            Self::RateLimited(_) | Self::CheckFailed => None,
            _ => Some(Phase::Failed),
        }
    }

    /// Whether it may pass by itself. A registry that was connected is then checked again within seconds before it
    /// counts as failed.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::CheckFailed
                | Self::NameServiceFailed
                | Self::NameServiceSlow
                | Self::ProxyUnreachable
                | Self::ProxyFailed
                | Self::ConnectionRefused
                | Self::Unreachable
                | Self::TimedOut
                | Self::BrokenAnswer
                | Self::ServerError
                | Self::Unavailable(_)
        )
    }

    /// The seconds that the registry asks to wait, if any.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::RateLimited(seconds) | Self::Connected(_, Pull::NotVerified(Unverified::RateLimited(seconds))) => {
                *seconds
            }
            Self::Unavailable(seconds) => Some(*seconds),
            _ => None,
        }
    }

    /// What was found, short enough for a list.
    pub fn sentence(&self) -> String {
        let fixed = match self {
            Self::Connected(access, pull) => return format!("{}, {}", access.words(), pull.words()),
            Self::RateLimited(Some(seconds)) => return format!("Rate limited, retry after {}", wait(*seconds)),
            Self::RateLimited(None) => "Rate limited",
            Self::CheckFailed => "The check could not run",
            Self::AddressDenied(address, rule) => {
                return format!("Blocked by address policy: {address} ({})", rule.words());
            }
            Self::HostNotFound => "Host name does not exist",
            Self::NameServiceFailed => "Name service does not answer",
            Self::NameServiceSlow => "Name service is too slow",
            Self::ProxyUnreachable => "Proxy cannot be reached",
            Self::ProxyCredentialsRejected => "Proxy requires other credentials",
            Self::ProxyRefused => "Proxy refuses to connect to this host",
            Self::ProxyFailed => "Proxy cannot reach this host",
            Self::ConnectionRefused => "Connection refused",
            Self::Unreachable => "No route to host",
            Self::TimedOut => "No answer in time",
            Self::UnknownAuthority => "Certificate signed by an unknown authority",
            Self::IntermediateMissing => "Intermediate certificate missing",
            Self::CertificateForOtherHost => "Certificate is for another host",
            Self::CertificateWithoutSan => "Certificate has no subjectAltName",
            Self::CertificateWithoutAddress => "Certificate has no entry for this IP address",
            Self::CertificateExpired => "Certificate expired",
            Self::CertificateNotYetValid => "Certificate not valid yet",
            Self::AuthorityExpired => "Certificate authority expired",
            Self::AuthorityNotCa => "Certificate signed by a certificate that is not a CA",
            Self::SignatureNotSupported => "Certificate signature not supported by this console",
            Self::CertificateUnusable => "Certificate unusable",
            Self::ClientCertificateRequired => "Client certificate required",
            Self::PlainHttpOnTlsPort => "Server speaks plain HTTP on this port",
            Self::TlsOnHttpPort => "Server speaks HTTPS on this port",
            Self::TlsFailed => "TLS handshake failed",
            Self::NotARegistry => "Reachable, but not a container registry",
            Self::RedirectedToHttps => "Redirected to https",
            Self::RedirectedInside => "Redirected to another page of the same host",
            Self::Redirected => "Redirected to another host",
            Self::TooLarge => "Answer too large",
            Self::BrokenAnswer => "Connection closed unexpectedly",
            Self::ServerError => "Registry returned a server error",
            Self::Unavailable(seconds) => return format!("Registry is unavailable, retry after {}", wait(*seconds)),
            Self::ChallengeNotUnderstood => "Unsupported authentication scheme",
            Self::ChallengeMissing => "Credentials required, but no scheme offered",
            Self::TokenServiceNotTrusted(host) => return format!("Token service {host} is not trusted"),
            Self::TokenServiceInsecure(host) => return format!("Token service {host} is not encrypted"),
            Self::NoToken => "No token received",
            Self::TokenNotAccepted => "Token not accepted",
            Self::TokenTooLarge => "Token too large for the registry",
            Self::CredentialsRejected => "Username or password rejected",
            Self::CredentialsRequired => "Credentials required",
            Self::AccessDenied => "Access denied",
            Self::PullDenied => "No permission to pull the test image",
            Self::ImageNotFound => "Test image not found",
            Self::SecretUnusable => "Stored password cannot be read",
            Self::SettingsUnusable => "Stored settings cannot be used",
        };
        fixed.to_owned()
    }

    /// What a person can do about it, or `None` if there is nothing to do.
    pub fn next_step(&self) -> Option<&'static str> {
        Some(match self {
            Self::Connected(Access::Accepted | Access::Anonymous, pull) => return pull.next_step(),
            Self::Connected(Access::NotAsked, Pull::Verified) => {
                "Anyone can pull these images, and the credentials were never tried. If the registry should not be open, look at its access rules."
            }
            Self::Connected(Access::NotAsked, _) => {
                "The credentials were never tried. The registry may still ask for them when an image is pulled: name a test image in the form to find out."
            }
            Self::Connected(Access::NotVerified, _) => {
                "The token service answers everyone alike. Name a private image as the test image to verify the credentials."
            }
            Self::RateLimited(_) => {
                "Wait. Registries have higher limits for logged-in users: add credentials, or use an account with a higher limit."
            }
            Self::CheckFailed => "Check again. If it keeps failing, see the server's log.",
            Self::AddressDenied(_, AddressRule::PrivateForPublic) => {
                "If this host really is the registry's token service, confirm it in the form, under Advanced."
            }
            Self::AddressDenied(_, AddressRule::Loopback) => {
                "The operator can allow loopback addresses with --allow-network, such as 127.0.0.0/8."
            }
            Self::AddressDenied(_, AddressRule::Operator) => {
                "The operator has blocked this network with --deny-network."
            }
            Self::AddressDenied(..) => "Checks never connect to this address. Use the registry's own address.",
            Self::HostNotFound => {
                "Check the spelling of the host, and that the console's host can resolve it. If it reaches the internet only through a proxy, start it with --proxy."
            }
            Self::NameServiceFailed | Self::NameServiceSlow => {
                "Check the name servers of the console's host, then check again."
            }
            Self::ProxyUnreachable => {
                "The operator should check the proxy that this console was started with (--proxy, HTTPS_PROXY or HTTP_PROXY)."
            }
            Self::ProxyCredentialsRejected => {
                "The operator must put the proxy's username and password into --proxy, HTTPS_PROXY or HTTP_PROXY."
            }
            Self::ProxyRefused => {
                "Allow this host and port in the proxy or, if this console can reach it directly, exempt it with NO_PROXY."
            }
            Self::ProxyFailed => {
                "Check the spelling of the host and its port. If this console can reach it directly, exempt it with NO_PROXY."
            }
            Self::ConnectionRefused => "Check that the registry is running, and that the port is right.",
            Self::Unreachable => "Check routes and firewalls between the console's host and the registry.",
            Self::TimedOut => {
                "Check that the registry is not overloaded, and that no firewall drops packets on the way."
            }
            Self::UnknownAuthority => {
                "If the authority is your own, add its certificate in the form, under Advanced. The nodes of your clusters must trust it too."
            }
            Self::IntermediateMissing => {
                "Configure the registry to send its whole certificate chain: its own certificate, then the intermediate. If it already does, add the CA that signed it."
            }
            Self::CertificateForOtherHost => {
                "Use the host name that the certificate was made for, or issue one for this host."
            }
            Self::CertificateWithoutSan => {
                "Reissue the certificate with a subjectAltName: the Common Name alone no longer counts. Nodes reject it, too."
            }
            Self::CertificateWithoutAddress => {
                "Reissue the certificate with an IP entry for this address, or use a host name that it contains. Nodes reject it, too."
            }
            Self::CertificateExpired => "Renew the registry's certificate. Nodes reject it, too.",
            Self::CertificateNotYetValid => "Check the clocks of the registry and of the console's host.",
            Self::AuthorityExpired => "Renew the authority's certificate and what it has signed. Nodes reject it, too.",
            Self::AuthorityNotCa => {
                "Reissue the authority's certificate with basicConstraints CA:TRUE and, if it has a keyUsage, with keyCertSign. Nodes reject it, too."
            }
            Self::SignatureNotSupported => {
                "Nodes may be able to verify it. Use certificates with RSA keys of at least 2048 bits, P-256 or P-384 keys, or skip TLS verification in the form, under Advanced."
            }
            Self::CertificateUnusable => "Replace the registry's certificate.",
            Self::ClientCertificateRequired => {
                "Client certificates are not supported: configure the registry to accept a password."
            }
            Self::PlainHttpOnTlsPort => "Write http:// before the host, or use the port on which it speaks https.",
            Self::TlsOnHttpPort => "Write https:// before the host.",
            Self::RedirectedToHttps => {
                "Write https:// before the host. If the registry has another port for https, change it too."
            }
            Self::TlsFailed => "The registry must speak TLS 1.2 or 1.3, and know the host name in the URL.",
            Self::NotARegistry => {
                "Use the host of the registry itself, not of its website, and its right port. /v2/ must answer there."
            }
            Self::RedirectedInside => "This looks like a log-in page. /v2/ must be answered by the registry itself.",
            Self::Redirected => {
                "Use the address at which the registry answers itself: redirects to another host, such as a log-in page, are not followed."
            }
            Self::TooLarge => "Check that this is a registry.",
            Self::BrokenAnswer => "Check that a registry listens on this port, and check its log.",
            Self::ServerError | Self::Unavailable(_) => "Check the registry's log, or wait.",
            Self::ChallengeMissing => {
                "The 401 response has no WWW-Authenticate header. The registry must send it, and every proxy before it must pass it on."
            }
            Self::ChallengeNotUnderstood => {
                "Basic and Bearer authentication are supported. Check the registry's configuration of its token service."
            }
            Self::TokenServiceNotTrusted(_) => {
                "Credentials go only to the registry's own domain. If this host really is its token service, confirm it in the form, under Advanced."
            }
            Self::TokenServiceInsecure(_) => "Configure the registry to name its token service with https.",
            Self::NoToken => "Check the token service, and its address in the registry's configuration.",
            Self::TokenNotAccepted => {
                "Check that registry and token service share key and service name, and that their clocks agree."
            }
            Self::TokenTooLarge => {
                "Raise the limit for request headers in the proxy before the registry, or use an account with fewer groups."
            }
            Self::CredentialsRejected => {
                "Check username and password; with two-factor login most registries want an access token. Some registries answer the same to a network address that they do not admit."
            }
            Self::CredentialsRequired => "Add a username and a password.",
            Self::AccessDenied => "Check whether the registry, or a firewall before it, admits the console's host.",
            Self::PullDenied => {
                "Give the user the permission to pull it, or check its spelling: many registries give the same answer for images that do not exist."
            }
            Self::ImageNotFound => "Check the image's name and tag. It is relative to the repository.",
            Self::SecretUnusable => "Enter the password again.",
            Self::SettingsUnusable => "Edit the registry: the form says what is wrong.",
        })
    }
}

/// A duration in seconds, minutes or hours, rounded up.
fn wait(seconds: u32) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_the_operator_can_allow_is_said_to_be_allowed_by_them() {
        let rules = [
            AddressRule::Loopback,
            AddressRule::LinkLocal,
            AddressRule::Metadata,
            AddressRule::NotAHost,
            AddressRule::Operator,
            AddressRule::Itself,
            AddressRule::PrivateForPublic,
        ];
        for rule in rules {
            let denied = Finding::AddressDenied(IpAddr::from([127, 0, 0, 1]), rule);
            let is_advised = denied.next_step().is_some_and(|step| step.contains("--allow-network"));
            assert_eq!(is_advised, rule == AddressRule::Loopback, "{rule:?}");
        }
    }
}
