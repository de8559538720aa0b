//! Renders every page with a fake backend: no database, no HTTP router, no network.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![recursion_limit = "256"]

use api::apply::Plan;
use app::audit::port::AuditTrail;
use app::audit::{AuditPage, AuditQuery, AuditRow};
use app::image_registries::port::{
    CreateOnceError, CredentialsOf, CursorPage, CursorQuery, Deleted, FoundCredentials, IdempotencyKey, ImageRegistries,
};
use app::image_registries::{
    ConnectionFields, Consumer, CreateFields, DeleteTarget, EditFields, ListQuery, PullFile, PullPanel,
    RegistryDetails, RegistryList, RegistryRow, RegistrySummary, Report, StepLine, StepOutcome, TrustView,
};
use app::manifests::port::Manifests;
use app::tokens::port::Tokens;
use app::tokens::{CreatedToken, TokenFields, TokenList, TokenRow};
use app::users::port::Users;
use app::users::{
    Invitation, NewPassword, PasswordLink, UserDetails, UserList, UserQuery, UserRow, UserState, WorkspaceRole,
};
use app::workspaces::port::Workspaces;
use app::workspaces::{Member, WorkspaceDetails, WorkspaceList, WorkspaceSummary};
use app::{
    Accounts, Actor, AppError, AssetPaths, Client, DisplayTime, LogInFields, NewAccount, Offer, PageContext, PageInfo,
    PasswordChange, SessionList, SessionRow, SessionToken, Visitor, provide_backend, shell,
};
use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use domain::{Grant, Labels, Name, Phase, Rights, Role, Secret, Status};
use http::{Request, StatusCode};
use leptos::prelude::provide_context;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Text that would do harm if it were not escaped.
const HOSTILE: &str = "</td><script>alert('x')</script>\u{202e}\"&";

const ICONS: &str = include_str!("../../public/icons.svg");

/// A backend with one registry in one workspace, or one that fails every call.
#[derive(Clone, Default)]
struct FakeBackend {
    fails_with: Option<AppError>,
    is_empty: bool,
}

impl FakeBackend {
    /// Not at once, so that a page lacks its data if nothing waits for them: inside a `SyncView`, nothing does.
    async fn answer<T>(&self, value: T) -> Result<T, AppError> {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.fails_with.clone().map_or(Ok(value), Err)
    }
}

fn display_time() -> DisplayTime {
    DisplayTime { exact: "2026-11-23 20:39:48Z".to_owned(), at: 1_795_466_388_000 }
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

fn row() -> RegistryRow {
    RegistryRow {
        id: "1f".to_owned(),
        name: "harbour".to_owned(),
        workspace: "default".to_owned(),
        url: "https://registry.example.com".to_owned(),
        repository: "ships".to_owned(),
        username: Some(HOSTILE.to_owned()),
        own_authorities: true,
        skip_verification: false,
        status: status(),
        updated: display_time(),
        created: display_time(),
        may_edit: true,
    }
}

/// A format with a password, which contains a script, and one without.
fn pull_panel(format: &str, is_masked: bool) -> PullPanel {
    let formats = [("docker-config", "Docker, Podman"), ("login", "Log in")];
    let format = if format == "login" { "login" } else { "docker-config" };
    let path = if format == "login" { "login.sh" } else { "/etc/auth.json" };
    let content = if is_masked { "********" } else { "canary \"&<script>alert(1)</script>" };
    let file = PullFile {
        path: path.to_owned(),
        content: content.to_owned(),
        purpose: "For a machine.".to_owned(),
        is_masked,
    };
    PullPanel {
        formats: formats.map(|(word, label)| (word.to_owned(), label.to_owned())).to_vec(),
        format: format.to_owned(),
        files: vec![file],
        may_show: is_masked,
    }
}

fn details() -> RegistryDetails {
    let step = StepLine {
        label: "Connection".to_owned(),
        peer: "registry.example.com".to_owned(),
        time: "3 ms".to_owned(),
        outcome: StepOutcome::Failed,
        sentence: Some("connection refused".to_owned()),
    };
    let RegistryRow { id, name, workspace, url, repository, username, status, updated, created, .. } = row();
    RegistryDetails {
        id,
        name,
        workspace,
        url,
        repository,
        test_image: "boat:1.2".to_owned(),
        image_prefix: "registry.example.com/ships".to_owned(),
        username,
        password_set: Some(display_time()),
        trust: TrustView { skip_verification: true, ..TrustView::default() },
        status,
        status_since: display_time(),
        checked: Some(display_time()),
        connected: None,
        report: Some(Report {
            phase: Phase::Failed,
            reason: "connection refused".to_owned(),
            next_step: Some("Check that the registry is running.".to_owned()),
            steps: vec![step],
            time: "3 ms".to_owned(),
        }),
        updated,
        updated_by: HOSTILE.to_owned(),
        created,
        created_by: "anna".to_owned(),
        version: 1,
        labels: Labels::default(),
        label_lines: "team=ships".to_owned(),
        annotation_lines: HOSTILE.to_owned(),
        consumers: vec![Consumer { name: HOSTILE.to_owned(), addresses: 12, last_read: display_time() }],
        history: HOSTILE.to_owned(),
        may_edit: true,
        may_read_credentials: false,
    }
}

fn workspace() -> WorkspaceSummary {
    WorkspaceSummary { name: "default".to_owned(), registries: 1, created: display_time() }
}

fn plan() -> Plan {
    Plan { items: Vec::new(), applied: false, fingerprint: String::new() }
}

#[async_trait]
impl Manifests for FakeBackend {
    async fn plan_manifests(&self, _: &Actor, _: &[Value]) -> Result<Plan, AppError> {
        self.answer(plan()).await
    }

    async fn apply_manifests(&self, _: &Actor, _: &[Value], _: Option<&str>, _: bool) -> Result<Plan, AppError> {
        self.answer(plan()).await
    }
}

#[async_trait]
impl ImageRegistries for FakeBackend {
    async fn list_registries(&self, _: &Actor, query: &ListQuery) -> Result<RegistryList, AppError> {
        let rows = if self.is_empty { Vec::new() } else { vec![row()] };
        let page_info = PageInfo::nearest(query.page, query.per_page, u32::try_from(rows.len()).unwrap_or_default());
        self.answer(RegistryList { rows, page_info, workspaces: Some(vec!["default".to_owned()]) }).await
    }

    async fn registry(&self, _: &Actor, _: &str, _: &str) -> Result<RegistryDetails, AppError> {
        self.answer(details()).await
    }

    async fn registry_to_edit(&self, _: &Actor, _: &str, _: &str) -> Result<RegistryDetails, AppError> {
        self.answer(details()).await
    }

    async fn registries_by_id(&self, _: &Actor, _: &[String]) -> Result<Vec<RegistrySummary>, AppError> {
        let RegistryRow { id, name, workspace, url, .. } = row();
        self.answer(vec![RegistrySummary { id, name, workspace, url, consumers: HOSTILE.to_owned() }]).await
    }

    async fn create_registry(&self, _: &Actor, _: CreateFields) -> Result<RegistryDetails, AppError> {
        self.answer(details()).await
    }

    async fn update_registry(&self, _: &Actor, _: EditFields) -> Result<RegistryDetails, AppError> {
        self.answer(details()).await
    }

    async fn check_registries(&self, _: &Actor, ids: &[String]) -> Result<u64, AppError> {
        self.answer(ids.len() as u64).await
    }

    async fn test_new_registry(&self, _: &Actor, _: ConnectionFields) -> Result<Report, AppError> {
        Err(AppError::Unavailable)
    }

    async fn test_edited_registry(&self, _: &Actor, _: EditFields) -> Result<Report, AppError> {
        Err(AppError::Unavailable)
    }

    async fn registries_after(&self, _: &Actor, _: &CursorQuery) -> Result<CursorPage, AppError> {
        Err(AppError::Unavailable)
    }

    async fn create_registry_once(
        &self,
        _: &Actor,
        _: CreateFields,
        _: &IdempotencyKey,
    ) -> Result<RegistryDetails, CreateOnceError> {
        Err(AppError::Unavailable.into())
    }

    async fn credentials(&self, _: &Actor, _: &CredentialsOf, _: &str) -> Result<FoundCredentials, AppError> {
        Err(AppError::Unavailable)
    }

    async fn pull_config(&self, _: &Actor, _: &str, _: &str, format: &str) -> Result<PullPanel, AppError> {
        self.answer(pull_panel(format, true)).await
    }

    async fn pull_config_with_password(
        &self,
        _: &Actor,
        _: &str,
        _: &str,
        format: &str,
    ) -> Result<PullPanel, AppError> {
        self.answer(pull_panel(format, false)).await
    }

    async fn delete_registries(&self, _: &Actor, _: &[DeleteTarget], _: bool) -> Result<Deleted, AppError> {
        self.answer(Deleted::default()).await
    }
}

#[async_trait]
impl Workspaces for FakeBackend {
    async fn list_workspaces(&self, _: &Actor, page: u32) -> Result<WorkspaceList, AppError> {
        self.answer(WorkspaceList { rows: vec![workspace()], page_info: PageInfo::nearest(page, 100, 1) }).await
    }

    async fn workspaces_to_create_in(&self, _: &Actor) -> Result<WorkspaceList, AppError> {
        self.answer(WorkspaceList { rows: vec![workspace()], page_info: PageInfo::nearest(1, 100, 1) }).await
    }

    async fn workspace(&self, _: &Actor, _: &str) -> Result<WorkspaceDetails, AppError> {
        let bo = Member { user_name: "bo".to_owned(), grant: Role::Viewer.into(), is_disabled: true };
        let registries = vec!["harbour".to_owned()];
        self.answer(WorkspaceDetails { summary: workspace(), registries, may_create: true, members: Some(vec![bo]) })
            .await
    }

    async fn workspace_to_delete(&self, actor: &Actor, name: &str) -> Result<WorkspaceDetails, AppError> {
        self.workspace(actor, name).await
    }

    async fn create_workspace(&self, _: &Actor, _: &Name) -> Result<(), AppError> {
        self.answer(()).await
    }

    async fn set_workspace_role(&self, _: &Actor, _: &str, _: &str, _: Option<Grant>) -> Result<(), AppError> {
        self.answer(()).await
    }

    async fn delete_workspace(&self, _: &Actor, _: &str) -> Result<(), AppError> {
        self.answer(()).await
    }
}

fn user() -> UserRow {
    UserRow {
        id: "2b".to_owned(),
        name: "bo".to_owned(),
        state: UserState::Invited,
        grant: Some(Role::Viewer.into()),
        workspaces: 1,
        created: display_time(),
    }
}

#[async_trait]
impl Tokens for FakeBackend {
    async fn list_tokens(&self, _: &Actor, _: u32) -> Result<TokenList, AppError> {
        let token = TokenRow {
            id: "1".to_owned(),
            name: HOSTILE.to_owned(),
            owner: Some("anna".to_owned()),
            workspace: None,
            limit: Role::Viewer.into(),
            created_by: "anna".to_owned(),
            created: display_time(),
            expires: display_time(),
            expired: false,
            last_used: Some(display_time()),
            last_used_address: Some(HOSTILE.to_owned()),
        };
        let rows = if self.is_empty { Vec::new() } else { vec![token] };
        self.answer(TokenList { rows, page_info: PageInfo::nearest(1, 1, 3) }).await
    }

    async fn create_token(&self, _: &Actor, _: &TokenFields) -> Result<CreatedToken, AppError> {
        Err(AppError::Unavailable)
    }

    async fn revoke_token(&self, _: &Actor, _: &str) -> Result<String, AppError> {
        Err(AppError::Unavailable)
    }
}

#[async_trait]
impl Users for FakeBackend {
    async fn list_users(&self, _: &Actor, _: &UserQuery) -> Result<UserList, AppError> {
        self.answer(UserList { rows: vec![user()], page_info: PageInfo::nearest(1, 50, 1) }).await
    }

    async fn user(&self, _: &Actor, _: &str) -> Result<UserDetails, AppError> {
        let details = UserDetails {
            user: user(),
            roles: vec![WorkspaceRole { workspace: "default".to_owned(), grant: Role::Editor.into() }],
            password_changed: None,
            link_expires: Some(display_time()),
            workspaces: Some(vec!["default".to_owned()]),
            is_self: true,
        };
        self.answer(details).await
    }

    async fn invite_user(&self, _: &Actor, _: &Invitation) -> Result<PasswordLink, AppError> {
        Err(AppError::Unavailable)
    }

    async fn create_password_link(&self, _: &Actor, _: &str) -> Result<PasswordLink, AppError> {
        Err(AppError::Unavailable)
    }

    async fn withdraw_password_link(&self, _: &Actor, _: &str) -> Result<(), AppError> {
        Err(AppError::Unavailable)
    }

    async fn set_user_role(&self, _: &Actor, _: &str, _: Option<Grant>) -> Result<(), AppError> {
        Err(AppError::Unavailable)
    }

    async fn set_user_disabled(&self, _: &Actor, _: &str, _: bool) -> Result<(), AppError> {
        Err(AppError::Unavailable)
    }

    async fn delete_user(&self, _: &Actor, _: &str) -> Result<String, AppError> {
        Err(AppError::Unavailable)
    }

    async fn password_link_user(&self, _: &Secret) -> Result<String, AppError> {
        self.answer("bo".to_owned()).await
    }

    async fn set_password(&self, _: &Visitor, _: &NewPassword) -> Result<SessionToken, AppError> {
        Err(AppError::Unavailable)
    }
}

#[async_trait]
impl AuditTrail for FakeBackend {
    async fn audit_page(&self, _: &Actor, _: &AuditQuery) -> Result<AuditPage, AppError> {
        let row = AuditRow {
            id: "1".to_owned(),
            at: display_time(),
            who: "anna".to_owned(),
            person: "anna".to_owned(),
            token: None,
            event: "registry.edit".to_owned(),
            address: "192.0.2.1".to_owned(),
            user_agent: HOSTILE.to_owned(),
            what: "Edit image registry".to_owned(),
            outcome: "Refused".to_owned(),
            workspace: Some("default".to_owned()),
            object: Some(HOSTILE.to_owned()),
            changes: vec![HOSTILE.to_owned()],
        };
        let events = vec![("registry.edit".to_owned(), "Edit image registry".to_owned())];
        self.answer(AuditPage { rows: vec![row], newer: false, older: true, retention_days: Some(400), events }).await
    }

    async fn set_audit_retention(&self, _: &Actor, _: Option<u32>) -> Result<(), AppError> {
        Err(AppError::Unavailable)
    }
}

#[async_trait]
impl Accounts for FakeBackend {
    async fn may_set_up(&self, _: &Secret) -> Result<(), AppError> {
        self.answer(()).await
    }

    async fn set_up(&self, _: &Visitor, _: &NewAccount) -> Result<SessionToken, AppError> {
        Err(AppError::Unavailable)
    }

    async fn log_in(&self, _: &Visitor, _: &LogInFields) -> Result<SessionToken, AppError> {
        Err(AppError::Unavailable)
    }

    async fn log_out(&self, _: &Actor) -> Result<(), AppError> {
        Err(AppError::Unavailable)
    }

    async fn log_out_everywhere(&self, _: &Actor) -> Result<(), AppError> {
        Err(AppError::Unavailable)
    }

    async fn log_out_others(&self, _: &Actor) -> Result<(), AppError> {
        Err(AppError::Unavailable)
    }

    async fn list_sessions(&self, _: &Actor) -> Result<SessionList, AppError> {
        let session = |is_current| SessionRow {
            handle: "3c".to_owned(),
            browser: "Firefox on Linux".to_owned(),
            address: Some(HOSTILE.to_owned()),
            since: display_time(),
            last_used: display_time(),
            is_current,
        };
        self.answer(SessionList { rows: vec![session(true), session(false)], left_out: 7 }).await
    }

    async fn end_session(&self, _: &Actor, _: &str) -> Result<(), AppError> {
        Err(AppError::Unavailable)
    }

    async fn change_password(&self, _: &Actor, _: &PasswordChange) -> Result<SessionToken, AppError> {
        Err(AppError::Unavailable)
    }
}

/// Renders the page at a path, with anna signed in.
async fn page(backend: &FakeBackend, path: &str) -> (StatusCode, String) {
    let _ = any_spawner::Executor::init_tokio();
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    request.extensions_mut().insert(Actor {
        user_id: "1".to_owned(),
        user_name: "anna".to_owned(),
        session_id: "2".to_owned(),
        rights: Rights::administrator(),
        token: None,
        client: Client::default(),
    });
    let backend = backend.clone();
    let context = move || {
        provide_backend(Arc::new(backend.clone()));
        let user_name = Some("anna".to_owned());
        provide_context(PageContext {
            user_name,
            offers: vec![Offer::Editing, Offer::Administration],
            ..PageContext::default()
        });
    };
    let render = leptos_axum::render_app_async_with_context(context, || shell(&AssetPaths::default(), "/", None));
    let (head, body) = render(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    (head.status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Every page that shows data from the backend, with a text on it.
const PAGES: [(&str, &str); 25] = [
    ("/image-registries/import", "Preview"),
    ("/tokens", "Create a token"),
    ("/image-registries", "connection refused"),
    ("/image-registries/create", "Test connection"),
    ("/image-registries/default/harbour", "Check that the registry is running."),
    ("/image-registries/default/harbour", "registry.example.com/ships/boat:1.2"),
    ("/image-registries/default/harbour", "<h3><code>/etc/auth.json</code></h3>"),
    ("/image-registries/default/harbour?use=login", "<h3><code>login.sh</code></h3>"),
    ("/image-registries/default/harbour/edit", "Leave empty to keep the stored password."),
    ("/image-registries/delete?id=1f", "This image registry will be deleted"),
    ("/workspaces", "1 image registry"),
    ("/workspaces/default", "harbour"),
    ("/workspaces/default/delete", "cannot be deleted"),
    ("/workspaces/default", "Remove the role of bo"),
    ("/users", "Invited"),
    ("/users/bo", "New invitation link"),
    ("/users/bo", "Remove the role in default"),
    ("/users/bo/delete", "you will be logged out"),
    ("/audit", "default/"),
    ("/set-password?token=x", "You log in as"),
    ("/account", "Firefox on Linux<span class=\"flag\">This one"),
    ("/account", "value=\"3c\""),
    ("/account", "Log out all others"),
    ("/account", "And 7 more"),
    ("/setup?token=x", "Create the first administrator account."),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_shows_data_from_the_backend() {
    for (path, text) in PAGES {
        let (status, html) = page(&FakeBackend::default(), path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(html.contains(text), "{path}: {html}");
        assert_eq!(html.matches("<h1").count(), 1, "{path}");
        assert!(!html.contains("<script>alert"), "{path}: {html}");
        let icons: Vec<_> = html.split("<use href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!icons.is_empty(), "{path}: {html}");
        for icon in icons {
            assert!(ICONS.contains(&format!("<symbol id=\"{icon}\"")), "{path}: public/icons.svg has no {icon}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_shows_the_error_of_a_failing_backend_with_its_status() {
    for error in [AppError::NotFound("Gone.".to_owned()), AppError::Internal("1a2b".to_owned()), AppError::Unavailable]
    {
        let backend = FakeBackend { fails_with: Some(error.clone()), ..FakeBackend::default() };
        for (path, _) in PAGES {
            let (status, html) = page(&backend, path).await;
            assert_eq!(status.as_u16(), error.status(), "{path}");
            assert!(html.contains("role=\"alert\"") && html.contains("</html>"), "{path}: {html}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w12_a_path_that_begins_with_two_slashes_is_never_a_link_to_another_host() {
    let (status, html) = page(&FakeBackend::default(), "//other.host/image-registries?a=b").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(html.contains("href=\"/other.host/image-registries?a=b\""), "{html}");
    assert!(!html.contains("\"//other.host"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_explains_registries_and_a_search_without_match_offers_to_clear_it() {
    let empty = FakeBackend { is_empty: true, ..FakeBackend::default() };
    let (_, html) = page(&empty, "/image-registries").await;
    assert!(html.contains("tells your clusters where to pull") && html.contains("Create the first"), "{html}");
    let (_, html) = page(&empty, "/image-registries?q=nothing&status=Failed").await;
    assert!(html.contains("No image registries match") && html.contains("Clear filters"), "{html}");
    let (status, html) = page(&empty, "/image-registries?sort=password").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(html.contains("can be one of name, "), "{html}");
}

/// Whatever looks like a secret on a page must be one by its type, or it would come back with a rejected form.
#[tokio::test(flavor = "multi_thread")]
async fn every_field_that_hides_what_is_typed_is_a_secret_by_its_type() {
    let mut hidden = BTreeSet::new();
    let forms = ["/login", "/setup?token=x", "/set-password?token=x", "/account"];
    for path in forms.into_iter().chain(["/image-registries/create", "/image-registries/import"]) {
        let (_, html) = page(&FakeBackend::default(), path).await;
        for tag in html.split('<').filter(|tag| tag.contains("type=\"password\"") || tag.contains("class=\"secret\"")) {
            let (_, name) = tag.split_once("name=\"").unwrap();
            hidden.insert(name.split('"').next().unwrap().to_owned());
        }
    }
    assert!(hidden.contains("password_lines") && hidden.contains("current_password"), "{hidden:?}");
    // The token of the set-up link is a secret that nobody types.
    hidden.insert("token".to_owned());
    assert_eq!(hidden, app::secret_fields());
}
