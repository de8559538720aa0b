//! Every page, rendered from the port alone: no database, no router, no network.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![recursion_limit = "256"]

use app::image_registries::port::{Deleted, ImageRegistries};
use app::image_registries::{
    ConnectionFields, CreateFields, Details, EditFields, HopLine, HopOutcome, ListQuery, RegistryList, Report, Row,
    StoredTrust, Summary, Target,
};
use app::workspaces::port::Workspaces;
use app::workspaces::{WorkspaceDetails, WorkspaceList, WorkspaceSummary};
use app::{
    Accounts, Actor, Admission, AssetPaths, Backend, LogInFields, Moment, NewAccount, PageTurner, PasswordChange,
    Refusal, Viewer, Visitor, shell,
};
use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use domain::{Name, Phase, Secret, Status};
use http::{Request, StatusCode};
use leptos::prelude::provide_context;
use std::sync::Arc;

/// Text that would do something if it were not shown as text.
const HOSTILE: &str = "</td><script>alert('x')</script>\u{202e}\"&";

/// A backend that knows one registry in one workspace, or refuses everything.
#[derive(Clone, Default)]
struct Harbour {
    refuses: Option<Refusal>,
    is_empty: bool,
}

impl Harbour {
    fn gives<T>(&self, value: T) -> Result<T, Refusal> {
        self.refuses.clone().map_or(Ok(value), Err)
    }
}

fn moment() -> Moment {
    Moment { exact: "2026-11-23 20:39:48Z".to_owned(), at: 1_795_466_388_000 }
}

fn status() -> Status {
    Status {
        phase: Phase::Failed,
        reason: "connection refused".to_owned(),
        checked: Some(0),
        checking: false,
        as_of: 0,
    }
}

fn row() -> Row {
    Row {
        id: "1f".to_owned(),
        name: "harbour".to_owned(),
        workspace: "default".to_owned(),
        url: "https://registry.example.com".to_owned(),
        repository: "ships".to_owned(),
        username: Some(HOSTILE.to_owned()),
        own_authorities: true,
        skip_verification: false,
        status: status(),
        updated: moment(),
        created: moment(),
    }
}

fn details() -> Details {
    let hop = HopLine {
        label: "Connection".to_owned(),
        peer: "registry.example.com".to_owned(),
        time: "3 ms".to_owned(),
        outcome: HopOutcome::Failed,
        sentence: Some("connection refused".to_owned()),
    };
    let Row { id, name, workspace, url, repository, username, status, updated, created, .. } = row();
    Details {
        id,
        name,
        workspace,
        url,
        repository,
        test_image: "boat:1.2".to_owned(),
        image_prefix: "registry.example.com/ships".to_owned(),
        username,
        password_set: Some(moment()),
        trust: StoredTrust { skip_verification: true, ..StoredTrust::default() },
        status,
        status_since: moment(),
        checked: Some(moment()),
        connected: None,
        report: Some(Report {
            phase: Phase::Failed,
            reason: "connection refused".to_owned(),
            next_step: Some("Check that the registry is running.".to_owned()),
            hops: vec![hop],
            time: "3 ms".to_owned(),
        }),
        updated,
        updated_by: HOSTILE.to_owned(),
        created,
        created_by: "anna".to_owned(),
        version: 1,
    }
}

fn workspace() -> WorkspaceSummary {
    WorkspaceSummary { name: "default".to_owned(), registries: 1, created: moment() }
}

#[async_trait]
impl ImageRegistries for Harbour {
    async fn list_registries(&self, _: &Actor, query: &ListQuery) -> Result<RegistryList, Refusal> {
        let rows = if self.is_empty { Vec::new() } else { vec![row()] };
        let turner = PageTurner::nearest(query.page, query.per_page, u32::try_from(rows.len()).unwrap_or_default());
        self.gives(RegistryList { rows, turner, workspaces: Some(vec!["default".to_owned()]) })
    }

    async fn registry(&self, _: &Actor, _: &str, _: &str) -> Result<Details, Refusal> {
        self.gives(details())
    }

    async fn registries_by_id(&self, _: &Actor, _: &[String]) -> Result<Vec<Summary>, Refusal> {
        let Row { id, name, workspace, url, .. } = row();
        self.gives(vec![Summary { id, name, workspace, url }])
    }

    async fn create_registry(&self, _: &Actor, _: CreateFields) -> Result<Details, Refusal> {
        self.gives(details())
    }

    async fn update_registry(&self, _: &Actor, _: EditFields) -> Result<Details, Refusal> {
        self.gives(details())
    }

    async fn check_registries(&self, _: &Actor, ids: &[String]) -> Result<u64, Refusal> {
        self.gives(ids.len() as u64)
    }

    async fn test_new_registry(&self, _: &Actor, _: ConnectionFields) -> Result<Report, Refusal> {
        Err(Refusal::Unavailable)
    }

    async fn test_edited_registry(&self, _: &Actor, _: EditFields) -> Result<Report, Refusal> {
        Err(Refusal::Unavailable)
    }

    async fn delete_registries(&self, _: &Actor, _: &[Target]) -> Result<Deleted, Refusal> {
        self.gives(Deleted::default())
    }
}

#[async_trait]
impl Workspaces for Harbour {
    async fn list_workspaces(&self, _: &Actor, page: u32) -> Result<WorkspaceList, Refusal> {
        self.gives(WorkspaceList { rows: vec![workspace()], turner: PageTurner::nearest(page, 100, 1) })
    }

    async fn workspace(&self, _: &Actor, _: &str) -> Result<WorkspaceDetails, Refusal> {
        self.gives(WorkspaceDetails { summary: workspace(), registries: vec!["harbour".to_owned()] })
    }

    async fn create_workspace(&self, _: &Actor, _: &Name) -> Result<(), Refusal> {
        self.gives(())
    }

    async fn delete_workspace(&self, _: &Actor, _: &str) -> Result<(), Refusal> {
        self.gives(())
    }
}

#[async_trait]
impl Accounts for Harbour {
    async fn may_set_up(&self, _: &Secret) -> Result<(), Refusal> {
        self.gives(())
    }

    async fn set_up(&self, _: &NewAccount) -> Result<Admission, Refusal> {
        Err(Refusal::Unavailable)
    }

    async fn log_in(&self, _: &Visitor, _: &LogInFields) -> Result<Admission, Refusal> {
        Err(Refusal::Unavailable)
    }

    async fn log_out(&self, _: &Actor) -> Result<Admission, Refusal> {
        Err(Refusal::Unavailable)
    }

    async fn log_out_everywhere(&self, _: &Actor) -> Result<Admission, Refusal> {
        Err(Refusal::Unavailable)
    }

    async fn change_password(&self, _: &Actor, _: &PasswordChange) -> Result<Admission, Refusal> {
        Err(Refusal::Unavailable)
    }
}

/// The page at a path, as anna sees it.
async fn page(harbour: &Harbour, path: &str) -> (StatusCode, String) {
    let _ = any_spawner::Executor::init_tokio();
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    request.extensions_mut().insert(Actor {
        user_id: "1".to_owned(),
        user_name: "anna".to_owned(),
        session_id: "2".to_owned(),
        address: std::net::Ipv4Addr::LOCALHOST.into(),
    });
    let harbour = harbour.clone();
    let context = move || {
        provide_context::<Arc<dyn Backend>>(Arc::new(harbour.clone()));
        provide_context(Viewer { user_name: Some("anna".to_owned()), ..Viewer::default() });
    };
    let render = leptos_axum::render_app_async_with_context(context, || shell(&AssetPaths::default(), None));
    let (head, body) = render(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    (head.status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Every page that shows something of the backend, with a text that it shows.
const PAGES: [(&str, &str); 10] = [
    ("/image-registries", "connection refused"),
    ("/image-registries/create", "Test connection"),
    ("/image-registries/default/harbour", "Check that the registry is running."),
    ("/image-registries/default/harbour", "registry.example.com/ships/boat:1.2"),
    ("/image-registries/default/harbour/edit", "Leave empty to keep the stored password."),
    ("/image-registries/delete?id=1f", "This image registry will be deleted"),
    ("/workspaces", "1 image registry"),
    ("/workspaces/default", "harbour"),
    ("/workspaces/default/delete", "cannot be deleted"),
    ("/setup?token=x", "Create the first administrator account."),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_made_of_what_the_port_gives() {
    for (path, text) in PAGES {
        let (status, html) = page(&Harbour::default(), path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(html.contains(text), "{path}: {html}");
        assert_eq!(html.matches("<h1").count(), 1, "{path}");
        assert!(!html.contains("<script>alert"), "{path}: {html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_port_refuses_is_said_with_its_status() {
    for refusal in [Refusal::Missing("Gone.".to_owned()), Refusal::Broken("1a2b".to_owned()), Refusal::Unavailable] {
        let harbour = Harbour { refuses: Some(refusal.clone()), ..Harbour::default() };
        for (path, _) in PAGES {
            let (status, html) = page(&harbour, path).await;
            assert_eq!(status.as_u16(), refusal.status(), "{path}");
            assert!(html.contains("role=\"alert\"") && html.contains("</html>"), "{path}: {html}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_says_what_a_registry_is_for_and_a_search_what_was_searched() {
    let empty = Harbour { is_empty: true, ..Harbour::default() };
    let (_, html) = page(&empty, "/image-registries").await;
    assert!(html.contains("tells your clusters where to pull") && html.contains("Create the first"), "{html}");
    let (_, html) = page(&empty, "/image-registries?q=nothing&status=Failed").await;
    assert!(html.contains("No image registries match") && html.contains("Clear filters"), "{html}");
    let (status, html) = page(&empty, "/image-registries?sort=password").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(html.contains("can be one of name, "), "{html}");
}
