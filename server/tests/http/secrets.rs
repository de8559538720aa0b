//! A password that was stored is nowhere to be seen.

use super::app::{App, By};

const CANARY: &str = "canary:Pässword/+=?&%";

#[tokio::test]
async fn no_answer_and_no_file_holds_a_stored_password() {
    let app = App::signed_in().await;
    let mut answers = Vec::new();
    let form = [
        ("name", "one"),
        ("workspace", "default"),
        ("url", "a.example"),
        ("username", "u"),
        ("password", CANARY),
        ("page", "/image-registries/create"),
    ];
    answers.push(app.post("/ui/image-registries/create", &form, By::Script).await);
    answers.push(app.post("/ui/image-registries/create", &form, By::PlainForm).await);
    let id = app.details("default", "one").await["id"].as_str().unwrap().to_owned();
    for version in ["1", "9"] {
        let edit = [
            ("registry", id.as_str()),
            ("based_on", version),
            ("url", "bad url"),
            ("username", "u"),
            ("password", CANARY),
            ("page", "/image-registries/default/one/edit"),
        ];
        answers.push(app.post("/ui/image-registries/update", &edit, By::Script).await);
        answers.push(app.post("/ui/image-registries/update", &edit, By::PlainForm).await);
    }
    for path in [
        "/image-registries",
        "/image-registries?q=canary",
        "/image-registries/default/one",
        "/image-registries/default/one/edit",
        "/ui/image-registries/list",
        "/ui/image-registries/details?workspace=default&name=one",
        &format!("/ui/image-registries/by-id?ids={id}"),
        &format!("/image-registries/delete?id={id}"),
    ] {
        answers.push(app.page(path).await);
    }
    let forms = [
        CANARY.to_owned(),
        serde_urlencoded::to_string([("", CANARY)]).unwrap()[1..].to_owned(),
        "Pässword".to_owned(),
        "v1:".to_owned(),
    ];
    for answer in &answers {
        let everything = format!("{} {:?}", answer.text, answer.headers);
        for canary in &forms {
            assert!(!everything.contains(canary.as_str()), "{canary}: {everything}");
        }
    }

    // A search for the password finds nothing: what is searched are columns that hold none.
    assert!(answers.iter().any(|answer| answer.text.contains("No match")));

    app.portolan.close().await;
    for file in ["portolan.db", "portolan.db-wal", "portolan.lock"] {
        let bytes = std::fs::read(app.folder.path().join(file)).unwrap_or_default();
        assert!(!bytes.windows(6).any(|window| window == b"canary"), "{file}");
    }
    let database = std::fs::read(app.folder.path().join("portolan.db")).unwrap();
    assert!(database.windows(3).any(|window| window == b"v1:"), "it is there, sealed");
}
