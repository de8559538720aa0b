import { test } from "../fixtures/portolan.js";
import { shoot } from "./shoot.js";

test.use({ allowedErrors: /4\d\d/ });

test("screenshots of users and the audit trail", async ({ page, portolan }) => {
  test.setTimeout(300_000);
  for (const name of ["platform", "research"]) await portolan.createWorkspace(name);
  await portolan.createRegistries({
    name: "harbor",
    url: "https://harbor.example.com",
    username: "robot",
    password: "x",
  });
  for (const [user_name, role] of [
    ["bo", "Editor"],
    ["carl@example.com", "None"],
    ["dora", "Viewer"],
    ["eve", "Administrator"],
  ]) {
    await portolan.post("/ui/users/invite", { user_name: user_name!, role: role! });
  }
  for (const workspace of ["platform", "research"]) {
    await portolan.post("/ui/workspaces/role", { workspace, user_name: "carl@example.com", workspace_role: "Editor" });
  }
  await portolan.visit("/users");
  await page.getByRole("textbox", { name: "Username" }).fill("frank");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByRole("region", { name: "Link for frank" }).waitFor();
  await page.evaluate(() => window.scrollTo(0, 0));
  await shoot(page, "users");
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await shoot(page, "users-link");
  await portolan.visit("/users/carl%40example.com");
  await shoot(page, "user");
  await portolan.visit("/workspaces/platform");
  await shoot(page, "workspace-roles");
  await portolan.visit("/audit");
  await shoot(page, "audit");
  await portolan.visit("/image-registries/default/harbor");
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await shoot(page, "history");
});
