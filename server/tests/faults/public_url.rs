//! The address that people open the console at, in what the server prints.

use super::process::Process;

#[test]
fn the_setup_link_begins_with_the_public_url() {
    let options = ["--public-url", "https://console.example.com:8443/", "--check-every", "0"];
    let server = Process::launch(&options, &[], &[]);
    assert_eq!(server.setup_link.split("/setup?").next(), Some("https://console.example.com:8443"));
}

#[test]
fn a_public_url_that_contradicts_the_cookies_stops_the_start() {
    for (options, expected) in [
        (&["--public-url", "http://console.example.com"][..], "add --plain-http"),
        (&["--public-url", "https://console.example.com", "--plain-http"], "leave out --plain-http"),
        (&["--public-url", "https://example.com/portolan"], "a host name of its own"),
    ] {
        let said = Process::refused(options);
        assert!(said.contains(expected), "{said}");
    }
}
