//! Users with roles.

use super::forms::By;
use super::server::App;
use super::{RequestExt, USER};
use app::users::PasswordLink;

pub const THEIR_PASSWORD: &str = "eleven purple anchors";

impl App {
    /// Invites somebody. Returns the token of the link.
    pub async fn invite(&self, name: &str, role: &str) -> String {
        let invited = self.post("/ui/users/invite", &[("user_name", name), ("role", role)], By::Script).await;
        let link: PasswordLink = invited.form_response().result.unwrap().read().unwrap();
        link.address.split_once("token=").unwrap().1.to_owned()
    }

    /// Sets a password with a link. Returns the session cookie.
    pub async fn accept(&self, token: &str) -> Option<String> {
        let fields = [("token", token), ("new_password", THEIR_PASSWORD), ("repeated_password", THEIR_PASSWORD)];
        // In a browser of their own.
        self.send(self.form("/ui/set-password", &fields, By::Script).without_header("cookie")).await.session_cookie()
    }

    /// Somebody with this role everywhere (or `None`), and these roles in workspaces. Returns the session cookie.
    pub async fn person(&self, name: &str, role: &str, roles: &[(&str, &str)]) -> String {
        let token = self.invite(name, role).await;
        for (workspace, role) in roles {
            self.give_role(workspace, name, role).await;
        }
        self.accept(&token).await.unwrap()
    }

    /// Gives a role in a workspace.
    pub async fn give_role(&self, workspace: &str, name: &str, role: &str) {
        let fields = [("workspace", workspace), ("user_name", name), ("workspace_role", role)];
        self.post("/ui/workspaces/role", &fields, By::Script).await.form_response();
    }

    /// Gives the administrator the right to read credentials. It ends the session, so this logs in again.
    pub async fn allow_reading_credentials(&mut self) {
        let id = self.user_id(USER).await;
        let fields = [("user", id.as_str()), ("role", "Administrator"), ("read_credentials", "yes")];
        self.post("/ui/users/role", &fields, By::Script).await.form_response();
        self.log_in().await;
    }

    /// The id of a user.
    pub async fn user_id(&self, name: &str) -> String {
        let users: app::users::UserList = self.page(&format!("/ui/users/list?q={name}")).await.json();
        users.rows.into_iter().find(|user| user.name == name).unwrap().id
    }
}
