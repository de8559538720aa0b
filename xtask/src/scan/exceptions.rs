//! Findings that are no defects. docs/security.md repeats the reasons.

use super::Finding;

struct Exception {
    scanner: &'static str,
    /// The name of the finding in the scanner's report.
    class: &'static str,
    /// A part of its text.
    detail: &'static str,
    reason: &'static str,
}

const EXCEPTIONS: [Exception; 5] = [
    Exception {
        scanner: "wapiti",
        class: "Cross Site Request Forgery",
        detail: "Lack of anti CSRF token",
        reason: "Sec-Fetch-Site and Origin are checked instead of a token in each form. The scan has to send them to get \
                 anywhere (W3, `cross_site_requests_change_nothing`).",
    },
    Exception {
        scanner: "wapiti",
        class: "HTTP Secure Headers",
        detail: "X-XSS-Protection is not set",
        reason: "No current browser knows this header. There is a content security policy (W10).",
    },
    Exception {
        scanner: "testssl.sh",
        class: "cipher_order",
        detail: "NOT a cipher order configured",
        reason: "The client chooses among six suites that are all strong, as Mozilla recommends: one without AES in hardware \
                 takes ChaCha20.",
    },
    Exception {
        scanner: "testssl.sh",
        class: "cert_revocation",
        detail: "Neither CRL nor OCSP URI provided",
        reason: "The certificate of the scan is self-made.",
    },
    Exception {
        scanner: "testssl.sh",
        class: "BREACH",
        detail: "compression",
        reason: "Pages are compressed, but none holds a secret that is there again at the next request, such as a token in \
                 forms.",
    },
];

/// Why a finding is accepted.
pub fn reason_to_accept(scanner: &str, finding: &Finding) -> Option<&'static str> {
    let exception = EXCEPTIONS.iter().find(|exception| {
        exception.scanner == scanner && exception.class == finding.class && finding.detail.contains(exception.detail)
    });
    exception.map(|exception| exception.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_for_one_finding_and_not_for_its_class() {
        let of = |detail: &str| Finding { class: "HTTP Secure Headers".to_owned(), detail: detail.to_owned() };
        assert!(reason_to_accept("wapiti", &of("GET / X-XSS-Protection is not set")).is_some());
        assert!(reason_to_accept("wapiti", &of("GET / Strict-Transport-Security is not set")).is_none());
        assert!(reason_to_accept("testssl.sh", &of("GET / X-XSS-Protection is not set")).is_none());
    }
}
