//! Trust policies: stored, shown, and changed only together with the password.

use super::kit::{App, By};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

/// A certificate in PEM, and its key.
fn certificate() -> (String, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "Harbour <Authority>");
    params.not_after = date_time_ymd(2031, 5, 4);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[tokio::test]
async fn t11_a_ca_certificate_is_shown_in_details_and_list() {
    let app = App::signed_in().await;
    let (pem, _) = certificate();
    let noisy = format!("subject=Harbour\r\n{}\r\n", pem.replace('\n', "\r\n"));
    app.create_registry(&[
        ("name", "one"),
        ("ca_certificates", &noisy),
        ("token_service", "https://auth.example.org/"),
    ])
    .await;
    app.create_registry(&[("name", "two"), ("skip_verification", "yes")]).await;
    app.create_registry(&[("name", "three"), ("url", "http://10.0.0.5:5000")]).await;

    let trust = app.details("default", "one").await.trust;
    assert_eq!(trust.ca_certificates, pem.replace("\r\n", "\n"));
    assert_eq!(trust.token_service, "auth.example.org");
    let authority = &trust.authorities[0];
    assert!(authority.subject.contains("Harbour <Authority>"), "{authority:?}");
    assert_eq!(authority.expires, "2031-05-04");
    assert_eq!(authority.fingerprint.len(), 32 * 3 - 1);
    let page = app.page("/image-registries/default/one").await.text;
    for text in ["Harbour &lt;Authority&gt;", "auth.example.org", "The nodes of your clusters must trust this registry"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(app.page("/image-registries/default/two").await.text.contains("Not verified"));

    let list = app.page("/image-registries").await.text;
    for flag in ["own CA", "not verified", "unencrypted"] {
        assert_eq!(list.matches(&format!("class=\"flag\">{flag}")).count(), 1, "{flag}: {list}");
    }
}

#[tokio::test]
async fn invalid_ca_certificates_and_private_keys_are_rejected() {
    let app = App::signed_in().await;
    let (pem, key) = certificate();
    let broken = pem.replacen("MII", "AAA", 1);
    let large = pem.repeat(64 * 1024 / pem.len() + 1);
    // Below the limit as sent, above it as it would be stored.
    let flat = pem.lines().collect::<String>();
    let flat = flat.repeat(65_500 / flat.len());
    // Trailing data inside the certificate's block could be a key.
    let body = |text: &str| STANDARD.decode(text.lines().filter(|line| !line.starts_with('-')).collect::<String>());
    let hidden = STANDARD.encode([body(&pem).unwrap(), body(&key).unwrap()].concat());
    let hidden = format!("-----BEGIN CERTIFICATE-----\n{hidden}\n-----END CERTIFICATE-----");
    for (text, message) in [
        ("hello", "Paste a certificate in PEM"),
        (&*broken, "cannot be read"),
        (&*large, "64 KiB"),
        (&*flat, "64 KiB"),
        (&*format!("{pem}{key}"), "private key"),
    ] {
        let form = [
            ("name", "one"),
            ("workspace", "default"),
            ("url", "a.example"),
            ("ca_certificates", text),
            ("page", "/image-registries/create"),
        ];
        let answer = app.post("/ui/image-registries/create", &form, By::Script).await;
        let reported = answer.message_at("ca_certificates");
        assert!(reported.contains(message), "{message}: {reported}");
        let page = app.post("/ui/image-registries/create", &form, By::PlainForm).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let body = key.lines().nth(1).unwrap();
        assert!(!answer.text.contains(body) && !page.text.contains(body), "the private key is sent back");
    }
    let form = [("name", "one"), ("workspace", "default"), ("url", "a.example"), ("ca_certificates", &*hidden)];
    let answer = app.post("/ui/image-registries/create", &form, By::Script).await;
    assert_eq!(answer.invalid_fields(), ["ca_certificates"]);
    assert_eq!(app.page("/image-registries/default/one").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn t6_changing_the_trust_policy_requires_the_password_again() {
    let app = App::signed_in().await;
    let (pem, _) = certificate();
    let id = app.create_registry(&[("name", "one"), ("username", "robot"), ("password", "canary-trust")]).await;
    let edit = |more: &[(&'static str, &str)]| {
        let mut fields = vec![
            ("registry", id.clone()),
            ("based_on", "1".to_owned()),
            ("url", "https://registry.example.com".to_owned()),
            ("username", "robot".to_owned()),
        ];
        fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        fields
    };
    let post = async |fields: Vec<(&str, String)>| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.post("/ui/image-registries/update", &fields, By::Script).await
    };
    for change in [("ca_certificates", &*pem), ("skip_verification", "yes"), ("token_service", "auth.example.org")] {
        let answer = post(edit(&[change])).await;
        assert_eq!(answer.invalid_fields(), ["password"], "{change:?}");
        assert_eq!(app.details("default", "one").await.trust.token_service, "");
    }
    post(edit(&[("token_service", "auth.example.org"), ("password", "canary-trust")])).await.form_response();
    assert_eq!(app.details("default", "one").await.trust.token_service, "auth.example.org");
}

#[tokio::test]
async fn skipping_verification_overrides_but_keeps_a_ca_certificate() {
    let app = App::signed_in().await;
    let (pem, _) = certificate();
    app.create_registry(&[("name", "one"), ("ca_certificates", &pem), ("skip_verification", "yes")]).await;
    let trust = app.details("default", "one").await.trust;
    assert!(trust.skip_verification);
    assert_eq!(trust.ca_certificates, pem.replace("\r\n", "\n"));
    assert!(app.page("/image-registries/default/one").await.text.contains("Not verified"));
}

#[tokio::test]
async fn a_base64_encoded_ca_certificate_is_accepted_and_a_key_is_not() {
    let app = App::signed_in().await;
    let (pem, key) = certificate();
    app.create_registry(&[("name", "one"), ("ca_certificates", &STANDARD.encode(&pem))]).await;
    assert_eq!(app.details("default", "one").await.trust.ca_certificates, pem.replace("\r\n", "\n"));

    let key = STANDARD.encode(&key);
    let form = [("name", "two"), ("workspace", "default"), ("url", "a.example"), ("ca_certificates", &*key)];
    let form = [&form[..], &[("page", "/image-registries/create")]].concat();
    let page = app.post("/ui/image-registries/create", &form, By::PlainForm).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("private key") && !page.text.contains(&key[40..80]), "the private key is sent back");
}

#[tokio::test]
async fn a_trailing_space_in_a_saved_password_is_pointed_out() {
    let app = App::signed_in().await;
    let form = [
        ("name", "one"),
        ("workspace", "default"),
        ("url", "a.example"),
        ("username", "robot"),
        ("password", "canary "),
    ];
    let answer = app.post("/ui/image-registries/create", &form, By::Script).await;
    let message = answer.form_response().flash.unwrap();
    assert!(message.contains("begins or ends with a space") && !message.contains("canary"), "{message}");
}

#[tokio::test]
async fn a_multi_line_password_is_stored_as_entered() {
    let app = App::signed_in().await;
    let key = "{\n  \"private_key\": \"canary\"\n}";
    let typed = key.replace('\n', "\r\n");
    let id = app.create_registry(&[("name", "one"), ("username", "_json_key"), ("password_lines", &typed)]).await;
    let details = app.details("default", "one").await;
    assert_eq!(details.id, id);
    assert_eq!(app.ago(&details.password_set.unwrap()), "just now");
    let details = app.page("/ui/image-registries/details?workspace=default&name=one").await.text;
    assert!(!details.contains("canary"), "{details}");
}
