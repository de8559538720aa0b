//! Fuzzes the parser of pasted CA certificates.
#![no_main]

use domain::CaCertificates;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(certificates) = CaCertificates::parse(text) {
        assert!(certificates.read().is_ok_and(|read| !read.is_empty()));
        assert_eq!(CaCertificates::parse(certificates.as_str()), Ok(certificates));
    }
});
