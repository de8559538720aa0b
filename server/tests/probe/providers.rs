//! Registry providers, imitated from their documentation and source code.

use super::fake_server::{
    Asked, FakeServer, Names, Reply, TargetExt, asks, client, json, not_verified, open, status, target,
};
use domain::{Access, Credentials, Finding, Pull, Secret, Unverified};

/// A provider: its host names, the responses of its registry, and those of its token service. `REALM` in a challenge is
/// replaced by the URL of the token service.
struct Provider {
    what: &'static str,
    /// The host names of the registry and of its token service.
    hosts: (&'static str, &'static str),
    registry: fn(&Asked) -> Reply,
    tokens: fn(&Asked) -> Reply,
    repository: &'static str,
    /// The findings with the right password, with a wrong one, and without credentials.
    found: [Finding; 3],
}

fn has_token(asked: &Asked) -> bool {
    asked.authorization.as_deref().is_some_and(|it| it.starts_with("Bearer "))
}

fn is_robot(asked: &Asked) -> bool {
    asked.authorization.as_deref() == Some("Bearer robot")
}

/// Issues tokens for the right password, and anonymous ones.
fn to_everyone(asked: &Asked) -> Reply {
    match &asked.authorization {
        None => json(r#"{"token":"anyone","access_token":"anyone","expires_in":300}"#),
        Some(_) if asked.is_logged_in() => json(r#"{"token":"robot","access_token":"robot","expires_in":300}"#),
        Some(_) => status("401 Unauthorized"),
    }
}

/// Issues tokens only for the right password.
fn to_robots(asked: &Asked) -> Reply {
    if asked.is_logged_in() { json(r#"{"token":"robot"}"#) } else { status("401 Unauthorized") }
}

fn nowhere(_: &Asked) -> Reply {
    status("404 Not Found")
}

fn providers() -> Vec<Provider> {
    use super::fake_server::{ACCEPTED, ANONYMOUS, ANONYMOUS_PULL, ANONYMOUS_REFUSED, PULL_VERIFIED};
    use Finding::{CredentialsRejected, CredentialsRequired};
    vec![
        Provider {
            what: "Docker Hub: anonymous tokens are accepted at /v2/ and for public images",
            hosts: ("docker.io", "auth.docker.io"),
            registry: |asked| match asked.path.as_str() {
                _ if !has_token(asked) => asks(r#"Bearer realm="REALM",service="registry.docker.io""#),
                "/v2/" => open(),
                _ if is_robot(asked) => json(r#"{"name":"team/private","tags":["1"]}"#),
                _ => status("401 Unauthorized"),
            },
            tokens: to_everyone,
            repository: "team/private",
            found: [PULL_VERIFIED, CredentialsRejected, ANONYMOUS_REFUSED],
        },
        Provider {
            what: "GitHub: the challenge names a placeholder scope",
            hosts: ("ghcr.example.com", "ghcr.example.com"),
            registry: |asked| match asked.path.as_str() {
                _ if !has_token(asked) => {
                    asks(r#"Bearer realm="REALM",service="ghcr.io",scope="repository:user/image:pull""#)
                }
                "/v2/" => open(),
                _ if is_robot(asked) => json("{}"),
                _ => status("403 Forbidden"),
            },
            tokens: to_everyone,
            repository: "team/app",
            found: [PULL_VERIFIED, CredentialsRejected, ANONYMOUS_REFUSED],
        },
        Provider {
            what: "GitLab: the token service is GitLab itself, on another host",
            hosts: ("registry.gitlab.com", "gitlab.com"),
            registry: |asked| match asked.path.as_str() {
                _ if !has_token(asked) => asks(r#"Bearer realm="REALM",service="container_registry""#),
                "/v2/" => open(),
                _ if is_robot(asked) => json("{}"),
                _ => asks(r#"Bearer realm="REALM",service="container_registry",error="insufficient_scope""#),
            },
            tokens: to_robots,
            repository: "group/project",
            found: [PULL_VERIFIED, CredentialsRejected, CredentialsRequired],
        },
        Provider {
            what: "Harbor: other challenge with credentials, none for unknown projects",
            hosts: ("harbor.example.com", "harbor.example.com"),
            registry: |asked| match (asked.path.as_str(), &asked.authorization) {
                (_, None) => asks(r#"Bearer realm="REALM",service="harbor-registry""#),
                (_, Some(_)) if !has_token(asked) => asks(r#"Basic realm="harbor""#),
                ("/v2/", _) => open(),
                ("/v2/ships/hull/tags/list?n=1", _) if is_robot(asked) => json("{}"),
                _ => asks(""),
            },
            tokens: to_robots,
            repository: "ships/hull",
            found: [PULL_VERIFIED, CredentialsRejected, CredentialsRequired],
        },
        Provider {
            what: "Quay: irrelevant service name, token path of its own",
            hosts: ("quay.example.com", "quay.example.com"),
            registry: |asked| match asked.path.as_str() {
                _ if !has_token(asked) => asks(r#"Bearer realm="REALM/v2/auth",service="quay.io""#),
                "/v2/" => open(),
                _ => json("{}"),
            },
            tokens: |asked| if asked.path.contains("/v2/auth?") { to_everyone(asked) } else { nowhere(asked) },
            repository: "team/public",
            found: [Finding::Connected(Access::NotVerified, Pull::Verified), CredentialsRejected, ANONYMOUS_PULL],
        },
        Provider {
            what: "Amazon: Basic with a URL as realm, 403 in plain text for an expired token",
            hosts: ("1.dkr.ecr.eu-west-1.amazonaws.com", "ecr.amazonaws.com"),
            registry: |asked| match &asked.authorization {
                None => asks(r#"Basic realm="https://1.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com""#),
                Some(_) if asked.is_logged_in() => open(),
                Some(_) => Reply::Http("403 Forbidden", Vec::new(), "Your authorization token has expired.".into()),
            },
            tokens: nowhere,
            repository: "",
            found: [ACCEPTED, CredentialsRejected, CredentialsRequired],
        },
        Provider {
            what: "Azure: the token is only in access_token",
            hosts: ("team.azurecr.io", "team.azurecr.io"),
            registry: |asked| match asked.path.as_str() {
                _ if !has_token(asked) => asks(r#"Bearer realm="REALM/oauth2/token",service="team.azurecr.io""#),
                "/v2/" => open(),
                _ if is_robot(asked) => json("{}"),
                _ => status("401 Unauthorized"),
            },
            tokens: |asked| match asked.is_logged_in() {
                true => json(r#"{"access_token":"robot"}"#),
                false => status("401 Unauthorized"),
            },
            repository: "team/app",
            found: [PULL_VERIFIED, CredentialsRejected, CredentialsRequired],
        },
        Provider {
            what: "Google: an empty service name",
            hosts: ("europe-docker.pkg.dev", "europe-docker.pkg.dev"),
            registry: |asked| match asked.path.as_str() {
                _ if !has_token(asked) => asks(r#"Bearer realm="REALM/v2/token",service="""#),
                "/v2/" => open(),
                _ if is_robot(asked) => json("{}"),
                _ => status("403 Forbidden"),
            },
            tokens: to_everyone,
            repository: "project/repository/image",
            found: [PULL_VERIFIED, CredentialsRejected, ANONYMOUS_REFUSED],
        },
        Provider {
            what: "Nexus: token realm disabled",
            hosts: ("nexus.example.com", "nexus.example.com"),
            registry: |asked| match asked.is_logged_in() {
                true => open(),
                false => asks(r#"BASIC realm="Sonatype Nexus Repository Manager""#),
            },
            tokens: nowhere,
            repository: "",
            found: [ACCEPTED, CredentialsRejected, CredentialsRequired],
        },
        Provider {
            what: "Gitea: two challenges, tokens for the anonymous user",
            hosts: ("git.example.com", "git.example.com"),
            registry: |asked| match asked.path.as_str() {
                _ if !has_token(asked) => Reply::Http(
                    "401 Unauthorized",
                    vec![
                        ("WWW-Authenticate", r#"Bearer realm="REALM",service="container_registry",scope="*""#.into()),
                        ("WWW-Authenticate", "Basic".into()),
                    ],
                    String::new(),
                ),
                "/v2/" => open(),
                _ if is_robot(asked) => json("{}"),
                _ => status("401 Unauthorized"),
            },
            tokens: to_everyone,
            repository: "owner/image",
            found: [PULL_VERIFIED, CredentialsRejected, ANONYMOUS_REFUSED],
        },
        Provider {
            what: "zot: JSON without the version header, anonymous reads",
            hosts: ("zot.example.com", "zot.example.com"),
            registry: |_| json("{}"),
            tokens: nowhere,
            repository: "",
            found: [
                not_verified(Access::NotAsked, Unverified::NoImageNamed),
                not_verified(Access::NotAsked, Unverified::NoImageNamed),
                ANONYMOUS,
            ],
        },
    ]
}

#[tokio::test]
async fn each_provider_is_checked_as_documented() {
    for Provider { what, hosts, registry, tokens, repository, found } in providers() {
        let tokens = FakeServer::plain(tokens).await;
        let realm = format!("http://{}:{}", hosts.1, tokens.address.port());
        let registry = FakeServer::plain(move |asked| with_realm(registry(asked), &realm)).await;
        // Docker Hub's images are named after `docker.io`, but its API is served by another host.
        let served = if hosts.0 == "docker.io" { "registry-1.docker.io" } else { hosts.0 };
        let names = || Names::default().with(served, &["127.0.0.1"]).with(hosts.1, &["127.0.0.1"]);
        let url = format!("http://{}:{}", hosts.0, registry.address.port());
        let anyone = target(&url).pulling(repository);
        let robot = anyone.clone().logged_in();
        let mut anonymous = robot.clone();
        anonymous.credentials =
            anonymous.credentials.map(|right| Credentials { password: Secret::new("wrong"), ..right });
        for (target, finding) in [robot, anonymous, anyone].iter().zip(found) {
            let report = client(names()).check(target).await;
            assert_eq!(report.finding, finding, "{what}: {report:?}");
        }
    }
}

/// Replaces `REALM` in the challenges of a reply.
fn with_realm(reply: Reply, realm: &str) -> Reply {
    match reply {
        Reply::Http(line, headers, body) => {
            let headers = headers.into_iter().map(|(name, value)| (name, value.replace("REALM", realm))).collect();
            Reply::Http(line, headers, body)
        }
        other => other,
    }
}
