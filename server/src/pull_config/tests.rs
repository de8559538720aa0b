//! Each format, read back with a decoder that has nothing in common with its encoder.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::CaCertificates;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// Debian's, which has the packages python3-kubernetes and python3-yaml.
const PYTHON: &str = "/usr/bin/python3";

/// Passwords that break templates, and texts that YAML takes for something else.
const AWKWARD: [&str; 19] = [
    "p\"a\\s's $HOME",
    "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN\\n\"\n}\n",
    "$(id)`id`!!",
    "yes",
    "0123",
    "~",
    "null",
    "1e3",
    "12:30:45",
    "2026-11-30",
    "<<",
    "- a: b # c",
    " both ends ",
    "\ttab\r\nlines\r\n\n",
    "'''\"\"\"",
    "a\u{0}b\u{7}\u{1b}\u{7f}",
    "\u{85}\u{2028}\u{feff}\u{200b}",
    "pass:word",
    "\u{1f511}\u{e9}\u{4e2d}",
];

fn config(url: &str, username: &str, password: &str) -> PullConfig {
    PullConfig {
        name: Name::parse("lab").unwrap(),
        url: RegistryUrl::parse(url).unwrap(),
        repository: Repository::parse("team").unwrap(),
        credentials: Some(Credentials { username: username.to_owned(), password: Secret::new(password) }),
        trust: TrustPolicy::default(),
    }
}

fn anonymous(url: &str) -> PullConfig {
    PullConfig { credentials: None, ..config(url, "", "") }
}

fn with_own_ca(mut config: PullConfig) -> PullConfig {
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem();
    config.trust.authorities = Some(CaCertificates::parse(&pem).unwrap());
    config
}

fn unverified(mut config: PullConfig) -> PullConfig {
    config.trust.skip_verification = true;
    config
}

/// The first file of a format.
fn text(config: &PullConfig, format: PullFormat) -> String {
    config.files(format)[0].content.expose().to_owned()
}

fn paths(config: &PullConfig, format: PullFormat) -> Vec<String> {
    config.files(format).into_iter().map(|file| file.path).collect()
}

/// What a program prints to what it is given.
fn run(program: &str, words: &[&str], input: &str) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let answer = child.wait_with_output().unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    writer.join().unwrap().unwrap();
    answer.stdout
}

/// Documents as Python reads them: YAML 1.1, like Kubernetes and k3s.
fn read_yaml(documents: &[String]) -> Vec<Value> {
    const SCRIPT: &str =
        "import json, sys, yaml; print(json.dumps([yaml.safe_load(text) for text in json.load(sys.stdin)]))";
    serde_json::from_slice(&run(PYTHON, &["-c", SCRIPT], &json!(documents).to_string())).unwrap()
}

/// Documents as Python's client library of Kubernetes reads them: the name, the type and the decoded data.
fn read_secrets(documents: &[String]) -> Vec<(String, String, Value)> {
    const SCRIPT: &str = "
import base64, json, sys, yaml
from types import SimpleNamespace
from kubernetes import client
api = client.ApiClient(client.Configuration())
def read(text):
    secret = api.deserialize(SimpleNamespace(data=json.dumps(yaml.safe_load(text))), 'V1Secret')
    assert (secret.api_version, secret.kind) == ('v1', 'Secret')
    config = base64.b64decode(secret.data['.dockerconfigjson'], validate=True).decode()
    return [secret.metadata.name, secret.type, json.loads(config)]
print(json.dumps([read(text) for text in json.load(sys.stdin)]))";
    serde_json::from_slice(&run(PYTHON, &["-c", SCRIPT], &json!(documents).to_string())).unwrap()
}

/// Username and password of a Docker config, which has this one entry.
fn docker_login(config: &Value, server: &str) -> (String, String) {
    let auths = config["auths"].as_object().unwrap();
    assert_eq!(auths.len(), 1);
    let pair = STANDARD.decode(auths[server]["auth"].as_str().unwrap()).unwrap();
    let pair = String::from_utf8(pair).unwrap();
    let (username, password) = pair.split_once(':').unwrap();
    (username.to_owned(), password.to_owned())
}

fn usernames() -> impl Strategy<Value = String> {
    prop_oneof![Just("robot$ci+x".to_owned()), Just("$oauthtoken".to_owned()), "[^:\\p{C}]{1,40}"]
}

fn passwords() -> impl Strategy<Value = String> {
    prop_oneof![proptest::sample::select(&AWKWARD[..]).prop_map(str::to_owned), "(?s).{1,60}", "(?s).{1100}"]
}

/// Pairs of username and password: all of [`AWKWARD`], 4 KiB of Unicode, and some at random.
fn logins() -> Vec<(String, String)> {
    let mut runner = TestRunner::deterministic();
    let random = (0..40).map(|_| (usernames(), passwords()).new_tree(&mut runner).unwrap().current());
    let long = "\u{1f511}\u{e9}\"\\\n".repeat(460);
    assert!(long.len() > 4 * 1024);
    let passwords = AWKWARD.map(str::to_owned).into_iter().chain([long]);
    passwords.map(|password| ("robot$ci+x".to_owned(), password)).chain(random.collect::<Vec<_>>()).collect()
}

fn username_and_password(value: &Value) -> (String, String) {
    let text = |key: &str| value[key].as_str().unwrap().to_owned();
    (text("username"), text("password"))
}

proptest! {
    #[test]
    fn a_docker_config_gives_the_credentials_back(username in usernames(), password in passwords()) {
        let config = config("https://registry.example.com:5000", &username, &password);
        let read: Value = serde_json::from_str(&text(&config, PullFormat::DockerConfig)).unwrap();
        prop_assert_eq!(docker_login(&read, "registry.example.com:5000"), (username, password));
    }

    #[test]
    fn no_format_of_a_masked_registry_contains_its_password(username in usernames(), secret in "[0-9a-f]{24}") {
        let config = with_own_ca(config("https://registry.example.com", &username, &secret));
        // With the username before it, the base64 of a password has one of three forms.
        let shifted = [0, 1, 2].map(|shift| {
            let encoded = STANDARD.encode(["x".repeat(shift), secret.clone()].concat());
            encoded[4..28].to_owned()
        });
        for format in PullFormat::ALL {
            let shows = |config: &PullConfig| {
                let content: String = config.files(format).iter().map(|file| file.content.expose().to_owned()).collect();
                // A Secret is base64 of a text with base64 in it.
                let inner = content.lines().filter_map(|line| line.trim().rsplit(' ').next());
                let inner: String = inner.filter_map(|word| STANDARD.decode(word).ok()).map(|it| String::from_utf8_lossy(&it).into_owned()).collect();
                [&content, &inner].iter().any(|text| text.contains(&*secret) || shifted.iter().any(|it| text.contains(it)))
            };
            prop_assert!(!shows(&config.masked()), "{}", format.as_str());
            let says_so = config.files(format).iter().any(|file| file.holds_password);
            prop_assert_eq!(shows(&config), says_so, "{}", format.as_str());
        }
    }
}

#[test]
fn a_kubernetes_secret_gives_the_credentials_back_to_a_client_library() {
    let logins = logins();
    let configs = logins.iter().map(|(username, password)| config("registry.example.com:5000", username, password));
    let secrets: Vec<_> = configs.map(|config| text(&config, PullFormat::KubernetesSecret)).collect();
    for ((name, kind, config), login) in read_secrets(&secrets).into_iter().zip(logins) {
        assert_eq!((&*name, &*kind), ("lab", "kubernetes.io/dockerconfigjson"));
        assert_eq!(docker_login(&config, "registry.example.com:5000"), login);
    }
    let secret = text(&anonymous("docker.io"), PullFormat::KubernetesSecret);
    assert_eq!(read_secrets(&[secret])[0].2, json!({ "auths": {} }));
}

#[test]
fn a_k3s_configuration_gives_the_credentials_back_to_a_reader_of_yaml_1_1() {
    let logins = logins();
    let configs = logins.iter().map(|(username, password)| config("http://[2001:db8::1]:5000", username, password));
    let documents: Vec<_> = configs.map(|config| text(&config, PullFormat::K3sRegistries)).collect();
    for (read, login) in read_yaml(&documents).into_iter().zip(logins) {
        assert_eq!(read["mirrors"], json!({ "[2001:db8::1]:5000": { "endpoint": ["http://[2001:db8::1]:5000"] } }));
        assert_eq!(username_and_password(&read["configs"]["[2001:db8::1]:5000"]["auth"]), login);
    }
}

#[test]
fn a_k3s_configuration_says_which_certificates_to_trust() {
    let login = || config("https://registry.example.com", "u", "p");
    let read = |config: &PullConfig| read_yaml(&[text(config, PullFormat::K3sRegistries)]).remove(0);
    let own_ca = with_own_ca(login());
    let ca = "/etc/rancher/k3s/certs/registry.example.com/ca.crt";
    assert_eq!(read(&own_ca)["configs"]["registry.example.com"]["tls"], json!({ "ca_file": ca }));
    assert_eq!(paths(&own_ca, PullFormat::K3sRegistries), ["/etc/rancher/k3s/registries.yaml", ca]);
    let tls = &read(&unverified(own_ca))["configs"]["registry.example.com"]["tls"];
    assert_eq!(tls, &json!({ "insecure_skip_verify": true }), "a CA has no effect then");
    assert_eq!(read(&login())["configs"]["registry.example.com"].get("tls"), None);
    let hub = config("docker.io", "u", "p");
    assert_eq!(
        read(&hub),
        json!({
            "mirrors": { "docker.io": { "endpoint": ["https://registry-1.docker.io"] } },
            "configs": { "registry-1.docker.io": { "auth": { "username": "u", "password": "p" } } },
        })
    );
    assert_eq!(read(&anonymous("docker.io")).get("configs"), None);
}

#[test]
fn a_containerd_configuration_gives_the_credentials_back() {
    for (username, password) in logins() {
        let files =
            config("https://registry.example.com:5000", &username, &password).files(PullFormat::ContainerdHosts);
        let read: toml::Table = files[1].content.expose().parse().unwrap();
        let registry = &read["plugins"]["io.containerd.grpc.v1.cri"]["registry"];
        let auth = &registry["configs"]["registry.example.com:5000"]["auth"];
        let value = |key: &str| auth[key].as_str().unwrap().to_owned();
        assert_eq!((value("username"), value("password")), (username, password));
    }
}

#[test]
fn a_containerd_configuration_says_how_to_reach_the_registry() {
    let read = |config: &PullConfig| text(config, PullFormat::ContainerdHosts).parse::<toml::Table>().unwrap();
    let own_ca = with_own_ca(anonymous("https://registry.example.com:5000"));
    assert_eq!(read(&own_ca)["server"].as_str(), Some("https://registry.example.com:5000"));
    assert_eq!(read(&own_ca)["ca"].as_str(), Some("ca.crt"));
    assert_eq!(read(&own_ca)["host"]["https://registry.example.com:5000"]["ca"].as_str(), Some("ca.crt"));
    let folder = "/etc/containerd/certs.d/registry.example.com:5000";
    assert_eq!(
        paths(&own_ca, PullFormat::ContainerdHosts),
        [format!("{folder}/hosts.toml"), format!("{folder}/ca.crt")]
    );
    let skipping = read(&unverified(own_ca));
    assert_eq!((skipping["skip_verify"].as_bool(), skipping.get("ca")), (Some(true), None));
    let plain = read(&anonymous("http://10.0.0.5:5000"));
    assert_eq!((plain["server"].as_str(), plain.get("ca")), (Some("http://10.0.0.5:5000"), None));

    let hub = config("docker.io", "u", "p");
    assert_eq!(read(&hub)["server"].as_str(), Some("https://registry-1.docker.io"));
    assert_eq!(paths(&hub, PullFormat::ContainerdHosts), ["/etc/containerd/certs.d/docker.io/hosts.toml", "auth.toml"]);
}

#[test]
fn a_crio_configuration_says_how_to_reach_the_registry() {
    let read = |config: &PullConfig| text(config, PullFormat::CrioRegistries).parse::<toml::Table>().unwrap();
    let own_ca = with_own_ca(anonymous("https://registry.example.com:5000"));
    let registry = &read(&own_ca)["registry"][0];
    assert_eq!((registry["location"].as_str(), registry.get("insecure")), (Some("registry.example.com:5000"), None));
    let ca = "/etc/containers/certs.d/registry.example.com:5000/ca.crt";
    assert_eq!(paths(&own_ca, PullFormat::CrioRegistries), ["/etc/containers/registries.conf.d/50-lab.conf", ca]);
    for insecure in [unverified(own_ca), anonymous("http://10.0.0.5:5000")] {
        assert_eq!(read(&insecure)["registry"][0]["insecure"].as_bool(), Some(true));
        assert_eq!(paths(&insecure, PullFormat::CrioRegistries).len(), 1);
    }
}

/// The arguments that each client gets, and what it reads, from a shell that runs a script.
fn told_to_clients(script: &str, typed: &str) -> Vec<Vec<String>> {
    let recorder = "record() { printf '%s\\0' \"$@\"; cat; printf '\\0\\0'; }
        docker() { record docker \"$@\"; }; podman() { record podman \"$@\"; }; skopeo() { record skopeo \"$@\"; }\n";
    let told = run("bash", &["-c", &[recorder, script].concat()], typed);
    let told = String::from_utf8(told).unwrap();
    let calls = told.split("\0\0").filter(|call| !call.is_empty());
    calls.map(|call| call.split('\0').map(str::to_owned).collect()).collect()
}

#[test]
fn login_commands_give_the_credentials_to_each_client_in_a_real_shell() {
    let mut names: Vec<_> = logins().into_iter().map(|(username, _)| username).skip(AWKWARD.len()).collect();
    names.extend(["robot$ci+x", "-x", "it's \"me\"", "$(id)", "a\\b", "*", "~root", "!!"].map(str::to_owned));
    let password = "p\"a\\s's $HOME";
    for username in names {
        let script = text(&config("https://[2001:db8::1]:5000", &username, password), PullFormat::Login);
        assert!(!script.contains("p\"a"), "{script}");
        let expected = ["docker", "podman", "skopeo"].map(|client| {
            [client, "login", "--username", &username, "--password-stdin", "[2001:db8::1]:5000", password]
                .map(str::to_owned)
                .to_vec()
        });
        assert_eq!(told_to_clients(&script, &format!("{password}\n")), expected);
    }
}

#[test]
fn login_commands_skip_verification_only_if_the_registry_does() {
    let insecure = text(&config("http://10.0.0.5:5000", "u", "p"), PullFormat::Login);
    assert!(insecure.contains("podman login --username u --password-stdin '--tls-verify=false' 10.0.0.5:5000"));
    assert!(insecure.contains("docker login --username u --password-stdin 10.0.0.5:5000"));
    assert!(!text(&config("docker.io", "u", "p"), PullFormat::Login).contains("tls-verify"));
    assert!(text(&anonymous("docker.io"), PullFormat::Login).starts_with('#'));
}

#[test]
fn import_commands_contain_the_image_prefix() {
    let script = text(&config("http://10.0.0.5:5000", "robot$ci+x", "p"), PullFormat::Import);
    for line in [
        "skopeo copy docker://docker.io/library/busybox:1.36 docker-archive:image.tar:10.0.0.5:5000/team/busybox:1.36",
        "printf %s \"$PASSWORD\" | skopeo login --username 'robot$ci+x' --password-stdin '--tls-verify=false' 10.0.0.5:5000",
        "skopeo copy '--dest-tls-verify=false' docker-archive:image.tar docker://10.0.0.5:5000/team/busybox:1.36",
        "ctr --namespace k8s.io images import image.tar",
        "skopeo copy docker-archive:image.tar containers-storage:10.0.0.5:5000/team/busybox:1.36",
    ] {
        assert!(script.lines().any(|it| it == line), "{line}\n{script}");
    }
    assert!(!text(&anonymous("docker.io"), PullFormat::Import).contains("login"));
}

#[test]
fn images_without_a_repository_are_imported_into_a_namespace_of_docker_hub() {
    let none = |config: PullConfig| PullConfig { repository: Repository::parse("").unwrap(), ..config };
    for (config, target) in [
        (config("docker.io", "anna", "p"), "docker.io/team/busybox:1.36"),
        (none(config("docker.io", "anna", "p")), "docker.io/anna/busybox:1.36"),
        (none(config("docker.io", "Anna!", "p")), "docker.io/your-account/busybox:1.36"),
        (none(anonymous("docker.io")), "docker.io/your-account/busybox:1.36"),
        (none(config("ghcr.io", "anna", "p")), "ghcr.io/busybox:1.36"),
    ] {
        assert!(text(&config, PullFormat::Import).contains(&format!("docker://{target}\n")), "{target}");
    }
}

#[test]
fn docker_hub_has_its_own_key_in_a_docker_config_and_anonymous_access_none() {
    let hub: Value = serde_json::from_str(&text(&config("docker.io", "u", "p"), PullFormat::DockerConfig)).unwrap();
    assert_eq!(docker_login(&hub, "https://index.docker.io/v1/"), ("u".to_owned(), "p".to_owned()));
    let anonymous = text(&anonymous("docker.io"), PullFormat::DockerConfig);
    assert_eq!(serde_json::from_str::<Value>(&anonymous).unwrap(), json!({ "auths": {} }));
}

#[test]
fn each_format_is_found_by_its_name() {
    for format in PullFormat::ALL {
        assert_eq!(PullFormat::parse(format.as_str()), Some(format));
    }
    assert_eq!(PullFormat::parse("xml"), None);
}
