//! Workspaces.

use super::kit::{App, By};
use app::AppError;
use http::StatusCode;

#[tokio::test]
async fn a_workspace_is_created_shown_and_deleted() {
    let app = App::signed_in().await;
    let created = app.post("/ui/workspaces/create", &[("name", "team"), ("page", "/workspaces")], By::PlainForm).await;
    assert_eq!(created.redirect(), "/workspaces/team");
    assert_eq!(app.page("/workspaces/team").await.status, StatusCode::OK);
    assert!(app.page("/workspaces").await.text.contains(">team</a>"));
    let deleted = app
        .post("/ui/workspaces/delete", &[("workspace", "team"), ("page", "/workspaces/team/delete")], By::PlainForm)
        .await;
    assert_eq!(deleted.redirect(), "/workspaces");
    assert_eq!(app.page("/workspaces/team").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        app.post("/ui/workspaces/delete", &[("workspace", "team")], By::Script).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_workspace_name_can_be_used_only_once() {
    let app = App::signed_in().await;
    let again = app.post("/ui/workspaces/create", &[("name", "default")], By::Script).await;
    assert_eq!(again.invalid_fields(), ["name"]);
    for bad in ["", "UPPER", " x", "x\0", "<b>"] {
        let answer = app.post("/ui/workspaces/create", &[("name", bad)], By::Script).await;
        assert_eq!(answer.invalid_fields(), ["name"], "{bad:?}");
    }
}

#[tokio::test]
async fn workspaces_with_registries_and_the_default_workspace_cannot_be_deleted() {
    let app = App::signed_in().await;
    let delete = async |name: &str| app.post("/ui/workspaces/delete", &[("workspace", name)], By::Script).await;
    assert!(matches!(delete("default").await.expect_error(), AppError::InUse(_)));

    app.create_workspace("team").await;
    app.create_registry(&[("name", "one"), ("workspace", "team")]).await;
    app.create_registry(&[("name", "two"), ("workspace", "team")]).await;
    let why = "team still owns 2 image registries. Delete them first.".to_owned();
    assert_eq!(delete("team").await.expect_error(), AppError::InUse(why));
    assert_eq!(app.page("/workspaces/team").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_workspace_is_either_deleted_or_filled_never_both() {
    let app = App::signed_in().await;
    let (mut deleted, mut filled) = (0, 0);
    for round in 0..40 {
        let name = format!("team-{round}");
        app.create_workspace(&name).await;
        let registry = [("name", "one"), ("workspace", name.as_str()), ("url", "a.example")];
        let workspace = [("workspace", name.as_str())];
        let create = app.post("/ui/image-registries/create", &registry, By::Script);
        let delete = app.post("/ui/workspaces/delete", &workspace, By::Script);
        // Whoever comes first wins.
        let (create, delete) = if round % 2 == 0 {
            futures_util::join!(create, delete)
        } else {
            let (delete, create) = futures_util::join!(delete, create);
            (create, delete)
        };
        if delete.status == StatusCode::OK {
            deleted += 1;
            assert_eq!(create.invalid_fields(), ["workspace"]);
        } else {
            filled += 1;
            assert!(matches!(delete.expect_error(), AppError::InUse(_)));
            let _ = create.form_response();
        }
    }
    assert!(deleted > 0 && filled > 0, "{deleted} deleted, {filled} filled");
}

#[tokio::test]
async fn pages_stay_small_with_five_hundred_workspaces() {
    let app = App::signed_in().await;
    for index in 0..500 {
        app.create_workspace(&format!("team-{index:03}")).await;
    }
    for path in ["/image-registries", "/image-registries/create", "/workspaces", "/workspaces?page=5"] {
        let page = app.page(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.len() < 100_000, "{path}: {}", page.text.len());
    }
    assert!(app.page("/workspaces?page=5").await.text.contains(">team-450</a>"));
    // Names that are missing from the selection can be typed.
    app.create_registry(&[("name", "one"), ("workspace", "team-450")]).await;
    assert_eq!(app.list("workspace=team-450").await.page_info.total, 1);
}
