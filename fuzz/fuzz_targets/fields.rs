//! Fuzzes the parsers of URL, repository and token service, and the image prefix made from them.
#![no_main]

use domain::{ImagePrefix, RegistryUrl, Repository, TokenService};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (url, repository) = text.split_once('\n').unwrap_or((text, ""));
    if let Ok(service) = TokenService::parse(url) {
        assert_eq!(TokenService::parse(service.as_str()), Ok(service));
    }
    let (Ok(url), Ok(repository)) = (RegistryUrl::parse(url), Repository::parse(repository)) else { return };
    assert_eq!(RegistryUrl::parse(&url.to_string()), Ok(url.clone()));
    assert_eq!(Repository::parse(repository.as_str()), Ok(repository.clone()));
    let prefix = ImagePrefix::new(&url, &repository).to_string();
    let domain = prefix.split('/').next().unwrap_or_default();
    assert!(domain == "localhost" || domain.contains(['.', ':']), "{prefix}");
    assert!(!prefix.contains(['@', ' ', '\\']) && !prefix.ends_with('/'), "{prefix}");
});
