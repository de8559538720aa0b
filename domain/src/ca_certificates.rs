//! CA certificates that sign a registry's own certificate.

use super::is_invisible;

/// The maximum length in bytes. A company's CA bundle has a few thousand.
pub const MAX_CA_BYTES: usize = 64 * 1024;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
/// The base64 of `-----BEGIN `, up to the character that depends on what follows.
const ENCODED_BEGIN: &str = "LS0tLS1CRUdJTi";
const END: &str = "-----END CERTIFICATE-----";

/// Characters per line of base64 (RFC 7468 2).
const LINE_CHARS: usize = 64;

/// One or more certificates in PEM (RFC 7468 5), normalised: no text between them, lines of 64 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaCertificates(String);

/// Why a text is not a list of CA certificates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaError {
    /// Longer than [`MAX_CA_BYTES`].
    #[error("Shorten this to 64 KiB or less: one certificate is enough.")]
    TooLong,
    /// The text contains a private key.
    #[error("This contains a private key. It was not stored. Paste only the certificate.")]
    PrivateKey,
    /// Not PEM, or damaged.
    #[error("Paste a certificate in PEM: it begins with {BEGIN} and ends with {END}.")]
    NotPem,
    /// Base64 without the BEGIN and END lines.
    #[error("The first and the last line are missing: {BEGIN} and {END}.")]
    Unmarked,
    /// PEM with this label instead of CERTIFICATE.
    #[error("This is a {0}, not a CERTIFICATE: {advice}.", advice = advice_about(.0))]
    OtherKind(String),
    /// The certificate with this number, counted from 1, cannot be parsed.
    #[error("{} cannot be read. Paste it again, from its first line to its last.", certificate(*.0))]
    Broken(usize),
}

impl CaCertificates {
    /// Parses certificates as pasted. Text around them, which tools print, is skipped.
    ///
    /// The browser checks only the PEM format; the server parses each certificate.
    ///
    /// # Errors
    /// The first rule of [`CaError`] that it breaks.
    pub fn parse(text: &str) -> Result<Self, CaError> {
        // A Kubernetes secret holds the whole PEM in base64. The browser leaves that to the server.
        #[cfg(feature = "server")]
        let decoded = encoded_pem(text);
        #[cfg(feature = "server")]
        let text = decoded.as_deref().unwrap_or(text);
        #[cfg(not(feature = "server"))]
        if text.trim_start().starts_with(ENCODED_BEGIN) {
            return Ok(Self(text.to_owned()));
        }
        let certificates = Self(normalised(text)?);
        #[cfg(feature = "server")]
        certificates.read()?;
        Ok(certificates)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The PEM inside a base64 text.
#[cfg(feature = "server")]
fn encoded_pem(text: &str) -> Option<String> {
    let text = text.trim();
    if text.starts_with(ENCODED_BEGIN) { super::base64::decode(text) } else { None }
}

/// The error for a text without a certificate block.
fn error_without_certificate(text: &str) -> CaError {
    let label = text.split_once("-----BEGIN ").and_then(|(_, rest)| rest.split_once("-----")).map(|(label, _)| label);
    match label {
        Some("CERTIFICATE") => CaError::NotPem,
        Some(label)
            if label.len() <= 40
                && label.bytes().all(|c| c.is_ascii_uppercase() || matches!(c, b' ' | b'0'..=b'9')) =>
        {
            CaError::OtherKind(label.to_owned())
        }
        // The base64 of a DER sequence with a two-byte length: the beginning of nearly every certificate.
        None if text.trim_start().starts_with("MII") => CaError::Unmarked,
        _ => CaError::NotPem,
    }
}

/// The certificate blocks in a text, normalised but not parsed.
fn normalised(text: &str) -> Result<String, CaError> {
    // Text around the certificates does not count towards the maximum, but has a limit of its own.
    if text.len() > 2 * MAX_CA_BYTES {
        return Err(CaError::TooLong);
    }
    if holds_private_key(text) {
        return Err(CaError::PrivateKey);
    }
    // JSON and YAML escape line breaks. Base64 has no backslash.
    let text = text.replace("\\r", "").replace("\\n", "\n");
    let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let mut pem = String::new();
    let mut rest = &*text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (body, after) = after.split_once(END).ok_or(CaError::NotPem)?;
        let body: String = body.split_whitespace().collect();
        let base64 = body.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'='));
        if body.is_empty() || !base64 {
            return Err(CaError::NotPem);
        }
        pem.push_str(BEGIN);
        for (index, character) in body.chars().enumerate() {
            if index % LINE_CHARS == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem.push('\n');
        pem.push_str(END);
        pem.push('\n');
        rest = after;
    }
    match pem.len() {
        0 => Err(if cfg!(feature = "server") { error_without_certificate(&text) } else { CaError::NotPem }),
        1..=MAX_CA_BYTES => Ok(pem),
        _ => Err(CaError::TooLong),
    }
}

/// Whether a text contains a private key, in any format that tools write. Such a text is never stored or shown.
pub fn holds_private_key(text: &str) -> bool {
    #[cfg(feature = "server")]
    if encoded_pem(text).is_some_and(|pem| holds_private_key(&pem)) {
        return true;
    }
    let is_mark = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        line.contains("--") && words.join(" ").to_ascii_uppercase().contains("PRIVATE KEY")
    };
    text.lines().any(is_mark)
}

#[cfg(feature = "server")]
mod reading {
    use super::{CaCertificates, CaError};
    use x509_parser::parse_x509_certificate;
    use x509_parser::pem::Pem;

    /// A parsed certificate.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CaCertificate {
        /// In the notation of RFC 4514. Untrusted text from the certificate: escape it.
        pub subject: String,
        /// Seconds since 1970.
        pub not_before: i64,
        /// Seconds since 1970.
        pub not_after: i64,
        pub der: Vec<u8>,
    }

    impl CaCertificates {
        /// Parses each certificate.
        ///
        /// # Errors
        /// [`CaError::Broken`] for the first that cannot be parsed. Never after [`CaCertificates::parse`] on the
        /// server.
        pub fn read(&self) -> Result<Vec<CaCertificate>, CaError> {
            let blocks = Pem::iter_from_buffer(self.as_str().as_bytes());
            blocks.zip(1..).map(|(block, number)| read(block.ok()).ok_or(CaError::Broken(number))).collect()
        }
    }

    fn read(block: Option<Pem>) -> Option<CaCertificate> {
        let block = block?;
        // Trailing bytes in the block are not part of the certificate and could be anything.
        let (rest, certificate) = parse_x509_certificate(&block.contents).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let validity = certificate.validity();
        let (not_before, not_after) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        let subject = certificate.subject().to_string();
        Some(CaCertificate { subject, not_before, not_after, der: block.contents.clone() })
    }
}

#[cfg(feature = "server")]
pub use reading::CaCertificate;

/// How to get a certificate from PEM with another label.
fn advice_about(kind: &str) -> &'static str {
    match kind {
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "paste the certificate that was made from it",
        "PKCS7" | "CMS" => "convert it with openssl pkcs7 -print_certs",
        "TRUSTED CERTIFICATE" => "convert it with openssl x509",
        _ => "paste a certificate",
    }
}

fn certificate(number: usize) -> String {
    if number == 1 { "This certificate".to_owned() } else { format!("Certificate {number}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_parses_as_certificates_or_has_an_error_message(text in "(?s)(-----BEGIN CERTIFICATE-----)?.{0,200}(-----END CERTIFICATE-----)?") {
            if let Err(error) = CaCertificates::parse(&text) {
                prop_assert!(!error.to_string().is_empty());
            }
        }

        #[test]
        fn normalised_certificates_stay_as_they_are(bodies in proptest::collection::vec("[A-Za-z0-9+/]{1,200}={0,2}", 1..4), noise in "[a-z \r\n]{0,20}") {
            let text: String = bodies.iter().map(|body| format!("{noise}{BEGIN}\r\n{body}\r\n{END}")).collect();
            let pem = normalised(&text).unwrap();
            prop_assert_eq!(normalised(&pem), Ok(pem));
        }
    }

    #[test]
    fn each_text_without_certificates_has_its_own_error() {
        let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        for label in [
            "PRIVATE KEY",
            "private key",
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
        ] {
            assert_eq!(CaCertificates::parse(&block(label)), Err(CaError::PrivateKey), "{label}");
        }
        for text in ["hello".to_owned(), BEGIN.to_owned(), format!("{BEGIN}\n!\n{END}"), format!("{BEGIN}{END}")] {
            assert_eq!(CaCertificates::parse(&text), Err(CaError::NotPem), "{text}");
        }
        assert_eq!(CaCertificates::parse(&"x".repeat(2 * MAX_CA_BYTES + 1)), Err(CaError::TooLong));
        let long = format!("{BEGIN}{}{END}", "A".repeat(MAX_CA_BYTES - 60));
        assert_eq!(normalised(&long), Err(CaError::TooLong), "too long with its line breaks");
        assert!(!holds_private_key("X509v3 Private Key Usage Period:\n    Not Before: 2026"));
    }

    /// A PEM block in normalised form. Its content does not matter here.
    const SHAPE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

    #[test]
    fn a_certificate_is_accepted_however_its_lines_were_wrapped() {
        for text in [
            SHAPE.replace('\n', "\r\n"),
            format!("\u{feff}{SHAPE}"),
            SHAPE.replace("MIIB", "MI\u{200b}IB\u{a0}"),
            SHAPE.replace("BEGIN ", "BEGIN \u{200b}"),
            SHAPE.replace('\n', "\\n"),
            format!("\"{}\"", SHAPE.replace('\n', "\\r\\n")),
        ] {
            assert_eq!(normalised(&text).as_deref(), Ok(SHAPE), "{text}");
        }
    }

    #[test]
    fn base64_of_a_pem_is_decoded_and_a_private_key_in_it_is_found() {
        // SHAPE, and -----BEGIN PRIVATE KEY----- with its end.
        let encoded = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUIKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";
        assert_eq!(encoded_pem(encoded).as_deref(), Some(SHAPE));
        assert_eq!(CaCertificates::parse(encoded), Err(CaError::Broken(1)), "decoded, but not a certificate");
        let key = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCkFBQUEKLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo=";
        assert_eq!(CaCertificates::parse(key), Err(CaError::PrivateKey));
        assert!(holds_private_key(key));
    }

    #[test]
    fn pem_with_another_label_is_named_and_gets_advice() {
        let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        let message = |text: &str| CaCertificates::parse(text).unwrap_err().to_string();
        for (label, advice) in [
            ("CERTIFICATE REQUEST", "the certificate that was made from it"),
            ("PKCS7", "openssl pkcs7 -print_certs"),
            ("TRUSTED CERTIFICATE", "openssl x509"),
            ("PUBLIC KEY", "paste a certificate"),
        ] {
            let sentence = message(&block(label));
            assert!(sentence.starts_with(&format!("This is a {label}")) && sentence.contains(advice), "{sentence}");
        }
        assert!(message("MIIBszCCAVmgAwIBAgIU").starts_with("The first and the last line are missing"));
    }
}
