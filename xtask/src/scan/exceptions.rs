//! Findings that are no defects. docs/security.md repeats the reasons.

/// The scanner, the name of the finding in its report, and why it is accepted.
const EXCEPTIONS: [(&str, &str, &str); 5] = [
    (
        "wapiti",
        "Cross Site Request Forgery",
        "It looks for a token in each form. Here, Sec-Fetch-Site and Origin are checked instead, which the scan has to send \
         to get anywhere (W3; `cross_site_requests_change_nothing`).",
    ),
    (
        "wapiti",
        "HTTP Secure Headers",
        "X-XSS-Protection is missed. No current browser knows it; the content security policy does its work (W10).",
    ),
    (
        "testssl.sh",
        "cipher_order",
        "The client chooses among six suites that are all strong, so that one without AES in hardware takes ChaCha20, as \
         Mozilla recommends.",
    ),
    ("testssl.sh", "cert_revocation", "The certificate of the scan is self-made."),
    (
        "testssl.sh",
        "BREACH",
        "Pages are compressed, but none holds a secret that is there again at the next request, such as a token in forms.",
    ),
];

/// Why a finding is accepted.
pub fn reason_to_accept(scanner: &str, class: &str) -> Option<&'static str> {
    let found = EXCEPTIONS.iter().find(|(of, named, _)| *of == scanner && *named == class);
    found.map(|(_, _, reason)| *reason)
}
