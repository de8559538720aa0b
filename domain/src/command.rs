//! Finds the address in commands that people paste from documentation, such as `docker login` or `helm push`.

/// Options followed by a username or password, which may look like an address and must not be repeated.
const CREDENTIAL_OPTIONS: [&str; 6] = ["-u", "-p", "--creds", "--user", "--username", "--password"];

/// The registry or image that a command names, without `oci://` or `docker://`. `None` if it names none, or if a
/// quotation contains blanks: it may be a secret, and then no word is certain to be an address.
pub(super) fn address(text: &str) -> Option<&str> {
    let has_open_quote = |word: &str| ['"', '\''].iter().any(|quote| word.matches(*quote).count() % 2 == 1);
    if text.split_whitespace().any(has_open_quote) {
        return None;
    }
    let address = if text.contains(" login ") { login_address(text) } else { target(text) };
    address.map(without_scheme)
}

/// The registry in a `docker login`, which needs no slash: the first word that is neither an option nor its value.
fn login_address(text: &str) -> Option<&str> {
    let (_, words) = text.split_once(" login ")?;
    let mut is_value = false;
    words.split_whitespace().map(unquoted).find(|word| {
        let is_option = word.starts_with('-');
        let is_address = !is_value && !is_option;
        is_value = is_option && !word.contains('=') && !word.ends_with("-stdin");
        is_address && word.contains(['.', ':'])
    })
}

/// Whether this is an image on Docker Hub, named without its host.
pub(super) fn is_hub_image(text: &str, address: &str) -> bool {
    !text.contains(" login ") && !has_host(address)
}

/// The last word that consists of a host and a path; after `pull`, also an image on Docker Hub.
fn target(text: &str) -> Option<&str> {
    let words: Vec<_> = text.split_whitespace().map(unquoted).collect();
    let is_secret = |at: usize| at > 0 && CREDENTIAL_OPTIONS.contains(&words[at - 1]);
    let named = (0..words.len()).rev().filter(|at| !is_secret(*at)).map(|at| words[at]).find(|word| has_host(word));
    named.or_else(|| {
        let pull = words.iter().position(|word| *word == "pull")?;
        words[pull + 1..].iter().copied().find(|word| !word.starts_with('-'))
    })
}

fn has_host(word: &str) -> bool {
    let address = without_scheme(word);
    let is_url = ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme));
    let host = address.split_once('/').map(|(host, _)| host);
    !word.starts_with('-')
        && (is_url
            || host.is_some_and(|host| !host.starts_with('.') && (host.contains(['.', ':']) || host == "localhost")))
}

/// Drops the schemes that Helm and skopeo write before a reference. Registries do not use them.
pub(super) fn without_scheme(word: &str) -> &str {
    ["oci://", "docker://"].iter().find_map(|scheme| word.strip_prefix(scheme)).unwrap_or(word)
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_command_yields_its_address_and_never_a_credential() {
        for (command, found) in [
            ("docker login registry.example.com", "registry.example.com"),
            ("docker login registry.example.com -u robot -p \"s3.cret\"", "registry.example.com"),
            ("aws x | docker login --password-stdin --username AWS \"1.dkr.ecr.a.example\"", "1.dkr.ecr.a.example"),
            ("docker tag app:latest registry.example.com/team/app:1.2", "registry.example.com/team/app:1.2"),
            ("docker pull -q registry.example.com/a:1 && docker run x", "registry.example.com/a:1"),
            ("helm pull oci://registry.example.com/charts/app --version 1.2", "registry.example.com/charts/app"),
            ("crane pull registry.example.com/team/app:1.2 app.tar", "registry.example.com/team/app:1.2"),
            ("curl -u robot:s3/cret https://registry.example.com/v2/", "https://registry.example.com/v2/"),
            ("skopeo list-tags --creds robot:s3/cret docker://a.example/app", "a.example/app"),
            ("image: registry.example.com/team/app:1.2", "registry.example.com/team/app:1.2"),
            ("docker pull localhost/app", "localhost/app"),
            ("docker pull --quiet nginx:1", "nginx:1"),
        ] {
            assert_eq!(address(command), Some(found), "{command}");
        }
        for command in [
            "docker login -u robot -p canary.x",
            "kubectl create secret --docker-username=robot --docker-password=s3/cret --docker-server=https://a.example",
            "az acr login --name team",
            "docker login -p 'canary pass.word' registry.example.com",
            "curl -H \"Authorization: Basic canary.x/y\" https://registry.example.com/v2/",
            "a .example",
        ] {
            assert_eq!(address(command), None, "{command}");
        }
    }
}
