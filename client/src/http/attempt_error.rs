//! Why one address has not answered, in terms that help to fix it.

use crate::error::FailureKind;
use crate::tls;
use std::io::ErrorKind;
use ureq::{Error, Proxy, Timeout};

/// Why a try has failed.
pub struct AttemptError {
    pub kind: FailureKind,
    /// Part of a sentence, after the address.
    pub reason: String,
    /// Whether the server may have received the request.
    pub was_sent: bool,
}

impl AttemptError {
    pub fn unreachable(reason: impl Into<String>, was_sent: bool) -> Self {
        Self { kind: FailureKind::Unreachable, reason: reason.into(), was_sent }
    }

    pub fn not_portolan(reason: String) -> Self {
        Self { kind: FailureKind::NotPortolan, reason, was_sent: true }
    }

    /// The same, if the connection was to a proxy: until it leads to the server, what fails is the proxy.
    pub fn through(self, proxy: Option<&Proxy>) -> Self {
        match proxy {
            Some(proxy) if !self.was_sent && self.kind == FailureKind::Unreachable => {
                Self { reason: format!("the proxy {}:{}: {}", proxy.host(), proxy.port(), self.reason), ..self }
            }
            _ => self,
        }
    }
}

impl From<ureq::Error> for AttemptError {
    fn from(error: ureq::Error) -> Self {
        if let Some(reason) = tls::reason(&error) {
            return Self { kind: FailureKind::NotPortolan, reason, was_sent: false };
        }
        match error {
            Error::HostNotFound => Self::unreachable("its name is not known", false),
            Error::ConnectionFailed => Self::unreachable("no connection", false),
            Error::ConnectProxyFailed(reason) if reason.contains("407") => {
                Self::unreachable("it takes a username and password: write them into HTTPS_PROXY or ALL_PROXY", false)
            }
            Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => Self::unreachable(
                "it does not connect to this address. Add the host to NO_PROXY, or allow it there",
                false,
            ),
            Error::Timeout(Timeout::Resolve) => Self::unreachable("its name is not found in time", false),
            Error::Timeout(Timeout::Connect) => Self::unreachable("no connection in time", false),
            Error::Timeout(_) => Self::unreachable("no answer in time", true),
            Error::BodyExceedsLimit(limit) => Self::not_portolan(format!("its answer is longer than {limit} bytes")),
            Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                // What a reader of the body wraps.
                Some(Error::BodyExceedsLimit(limit)) => {
                    Self::not_portolan(format!("its answer is longer than {limit} bytes"))
                }
                Some(Error::Timeout(_)) => Self::unreachable("no answer in time", true),
                _ => match error.kind() {
                    ErrorKind::ConnectionRefused => Self::unreachable("it refuses connections", false),
                    ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Self::unreachable("no route", false),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => {
                        Self::unreachable("it hangs up without a whole answer", true)
                    }
                    _ => Self::unreachable(error.to_string(), true),
                },
            },
            Error::Protocol(_) | Error::LargeResponseHeader(..) => {
                Self::not_portolan("it does not speak HTTP as Portolan does".to_owned())
            }
            error => Self::unreachable(error.to_string(), true),
        }
    }
}
