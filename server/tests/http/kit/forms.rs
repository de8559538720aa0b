//! Forms, as pages send them.

use super::server::{App, HOST};
use super::{Answer, RequestExt};
use app::Page;
use axum::body::Body;
use http::{Method, Request};

pub const USER: &str = "anna";
pub const PASSWORD: &str = "correct horse battery";

/// How a form is sent: by script, or by a browser without script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Script,
    PlainForm,
}

/// The form that creates the first administrator.
pub fn set_up_form(token: &str) -> [(&str, &str); 4] {
    [("token", token), ("user_name", USER), ("new_password", PASSWORD), ("repeated_password", PASSWORD)]
}

impl App {
    /// Posts a form like a page of the console.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)], by: By) -> Answer {
        self.send(self.form(path, fields, by)).await
    }

    /// The request that [`App::post`] sends, for a test that changes it.
    #[track_caller]
    pub fn form(&self, path: &str, fields: &[(&str, &str)], by: By) -> Request<Body> {
        let accept = match by {
            By::Script => "application/json",
            By::PlainForm => "text/html,application/xhtml+xml",
        };
        let body = Body::from(serde_urlencoded::to_string(fields).unwrap());
        self.request(Method::POST, path)
            .with_header("accept", accept)
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_header("origin", &format!("https://{HOST}"))
            .map(|_| body)
    }

    /// Creates the administrator, and uses that session from now on.
    pub async fn set_up(mut self) -> Self {
        let token = self.setup_token();
        let answer = self.post("/ui/setup", &set_up_form(&token), By::Script).await;
        answer.form_response();
        self.keep_session(&answer);
        self
    }

    /// Logs in, and uses that session from now on.
    pub async fn log_in(&mut self) {
        let answer = self.post("/ui/login", &[("user_name", USER), ("password", PASSWORD)], By::Script).await;
        answer.form_response();
        self.keep_session(&answer);
    }

    /// Logs in as if from another browser. Returns the session cookie.
    pub async fn second_session(&mut self) -> String {
        let here = self.cookie();
        self.set_cookie(None);
        self.log_in().await;
        let there = self.cookie().unwrap();
        self.set_cookie(here.as_deref());
        there
    }

    pub async fn create_workspace(&self, name: &str) {
        self.post("/ui/workspaces/create", &[("name", name)], By::Script).await.form_response();
    }

    /// Creates a registry. Returns its id.
    pub async fn create_registry(&self, fields: &[(&str, &str)]) -> String {
        let defaults = [("workspace", "default"), ("url", "https://registry.example.com")];
        let missing = defaults.iter().filter(|(name, _)| !fields.iter().any(|(given, _)| given == name));
        let all: Vec<_> = fields.iter().chain(missing).copied().collect();
        let created = self.post("/ui/image-registries/create", &all, By::Script).await.form_response();
        let Page::Registry(registry) = Page::at(&created.location) else { panic!("{created:?}") };
        self.details(&registry.workspace, &registry.name).await.id
    }
}
