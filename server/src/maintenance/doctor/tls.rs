//! The console's certificate: whether browsers will accept it.

use super::{Diagnosis, Subject};
use crate::clock::Clock;
use crate::http::{Certificate, CertificateFiles, CertificateWarning, date};
use crate::probe::authorities_of_the_machine;

const CHECK: &str = "certificate";

/// A certificate should be renewed earlier than this before it expires. Seconds.
const SOON: i64 = 14 * 24 * 3600;

pub fn examine(subject: &Subject, clock: &dyn Clock) -> Vec<Diagnosis> {
    let Some(files) = &subject.certificate else { return Vec::new() };
    let certificate = match files.certificate() {
        Ok(certificate) => certificate,
        Err(error) => {
            return vec![Diagnosis::of_error(CHECK, error, "Put both files there, readable by Portolan's user")];
        }
    };
    let now = clock.now() / 1000;
    let mut found: Vec<_> = files.warnings(&certificate, now).iter().map(of_warning).collect();
    let is_valid = found.iter().all(|diagnosis| diagnosis.severity < super::Severity::Problem);
    if is_valid {
        found.extend(of_validity(files, &certificate, now));
    }
    if let Some(url) = &subject.public_url
        && !certificate.is_for(url.host())
    {
        let what = format!("the one in {} is not for {}", files.certificate.display(), url.host());
        found.push(Diagnosis::problem(CHECK, what, "Get one for this name, or correct --public-url"));
    }
    if found.is_empty() {
        found.push(Diagnosis::ok(CHECK, format!("valid until {}", date(certificate.not_after))));
    }
    found
}

fn of_warning(warning: &CertificateWarning) -> Diagnosis {
    let what = warning.to_string();
    match warning {
        CertificateWarning::Expired(..) => Diagnosis::problem(CHECK, what, "Renew it; Portolan reads it by itself"),
        CertificateWarning::NotYetValid(..) => Diagnosis::problem(CHECK, what, "Check the clock, or use another one"),
        CertificateWarning::Gap(..) => {
            Diagnosis::warning(CHECK, what, "Put the certificates of the intermediate authorities behind it, in order")
        }
        CertificateWarning::PublicKey(path) => {
            Diagnosis::warning(CHECK, what, format!("Restrict it to Portolan's user: chmod 600 {}", path.display()))
        }
    }
}

/// Judges one that is valid now.
fn of_validity(files: &CertificateFiles, certificate: &Certificate, now: i64) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    let shown = files.certificate.display();
    if certificate.not_after - now < SOON {
        let what = format!("the one in {shown} expires on {}", date(certificate.not_after));
        found.push(Diagnosis::warning(CHECK, what, "Renew it; Portolan reads it by itself"));
    }
    if !certificate.is_issued_by(&authorities_of_the_machine(), now) {
        let what = format!("this machine trusts no authority that issued the one in {shown}");
        let next = "Nothing, if browsers trust your own authority. Otherwise add intermediate certificates, or get another one";
        found.push(Diagnosis::warning(CHECK, what, next));
    }
    found
}
