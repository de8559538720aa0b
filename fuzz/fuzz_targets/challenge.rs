//! Fuzzes the parser of `WWW-Authenticate` headers, with all bytes that HTTP allows.
#![no_main]

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use server::probe::challenge::{Challenge, parse};

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(WWW_AUTHENTICATE, value);
        }
    }
    for challenge in parse(&headers) {
        if let Challenge::Bearer(bearer) = challenge {
            assert!(bearer.realm.authority().is_some(), "a realm has an authority");
        }
    }
});
