import type { Browser, Page } from "@playwright/test";
import { type Portolan, expect, test } from "../fixtures/portolan.js";

test.use({ needs: "administrator", allowedErrors: /409|422/ });

const THEIR_PASSWORD = "eleven purple anchors";

/** The address of the link that the page shows. */
async function shownLink(page: Page): Promise<string> {
  return page
    .getByRole("region", { name: /^Link for/ })
    .getByRole("code")
    .innerText();
}

/** Invites somebody in the form. Returns the link. */
async function invite(page: Page, portolan: Portolan, name: string, role: string): Promise<string> {
  await portolan.visit("/users");
  await page.getByRole("textbox", { name: "Username" }).fill(name);
  await page.getByRole("combobox", { name: "Role everywhere" }).selectOption(role);
  await page.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByRole("region", { name: `Link for ${name}` })).toBeVisible();
  return shownLink(page);
}

/** Opens a link in a browser of another person, and sets the password. */
async function accept(browser: Browser, javaScriptEnabled: boolean, link: string): Promise<Page> {
  const theirs = await (await browser.newContext({ javaScriptEnabled })).newPage();
  await theirs.goto(link);
  await theirs.getByRole("textbox", { name: /^Password/ }).fill(THEIR_PASSWORD);
  await theirs.getByRole("textbox", { name: "Confirm password" }).fill(THEIR_PASSWORD);
  await theirs.getByRole("button", { name: "Set password" }).click();
  await expect(theirs.getByText("Your password is set.")).toBeVisible();
  return theirs;
}

test("W5: somebody is invited, sets a password, and sees only what the role allows", async ({
  page,
  portolan,
  browser,
  javaScriptEnabled,
}) => {
  await portolan.createRegistries({ name: "one" });
  await portolan.visit("/users");
  await portolan.audit("users");
  const link = await invite(page, portolan, "bo", "Viewer");
  await portolan.audit("users-invited");
  const theirs = await accept(browser, javaScriptEnabled !== false, link);
  await expect(theirs.getByRole("link", { name: "Users" })).toHaveCount(0);
  await expect(theirs.getByRole("link", { name: "Create", exact: true })).toHaveCount(0);
  await expect(theirs.getByRole("checkbox")).toHaveCount(0);
  await theirs.getByRole("link", { name: "one", exact: true }).click();
  await expect(theirs.getByRole("heading", { level: 1, name: "one" })).toBeVisible();
  await expect(theirs.getByRole("link", { name: "Edit" })).toHaveCount(0);
  await expect(theirs.getByRole("button", { name: "Check now" })).toHaveCount(0);
  await theirs.context().close();

  await portolan.visit("/users?q=bo");
  await page.getByRole("link", { name: "bo", exact: true }).click();
  await portolan.heading("bo");
  await expect(page.getByText("Active")).toBeVisible();
});

test("the page behind a link says whose password it sets", async ({ page, portolan }) => {
  const link = await invite(page, portolan, "bo", "None");
  await page.context().clearCookies();
  await page.goto(link);
  await portolan.waitForHydration();
  await portolan.audit("set-password");
  await page.getByRole("textbox", { name: /^Password/ }).fill("short");
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByRole("alert")).toContainText("Use 12 characters or more");
});

test("roles are given and taken away on the page of a user and of a workspace", async ({ page, portolan }) => {
  await portolan.createWorkspace("team");
  await invite(page, portolan, "bo", "None");
  await portolan.visit("/users?q=bo");
  await page.getByRole("link", { name: "bo", exact: true }).click();
  await portolan.heading("bo");
  await page.getByRole("combobox", { name: "Workspace", exact: true }).selectOption("team");
  await page.getByRole("combobox", { name: "Role in the workspace" }).selectOption("Editor");
  await page.getByRole("button", { name: "Give role" }).click();
  await portolan.message("bo is an editor in team.");
  await portolan.audit("user");

  await page.getByRole("link", { name: "team", exact: true }).click();
  await portolan.heading("team");
  await portolan.audit("workspace-roles");
  await page.getByRole("button", { name: "Remove the role of bo" }).click();
  await portolan.message("bo has no role of their own in team.");
  await page.getByRole("textbox", { name: "Username" }).fill("nobody");
  await page.getByRole("button", { name: "Give role" }).click();
  await expect(page.getByRole("alert")).toContainText("There is no user with this name.");
});

test("a user is disabled, enabled and deleted", async ({ page, portolan }) => {
  await invite(page, portolan, "bo", "None");
  await portolan.visit("/users?q=bo");
  await page.getByRole("link", { name: "bo", exact: true }).click();
  await page.getByRole("button", { name: "Disable" }).click();
  await portolan.message("Disabled. All sessions were ended.");
  await page.getByRole("button", { name: "Enable" }).click();
  await portolan.message("Enabled.");
  await page.getByRole("button", { name: "Withdraw the link" }).click();
  await portolan.message("The link no longer works.");
  await page.getByRole("link", { name: "Delete…" }).click();
  await portolan.heading("Delete user bo");
  await portolan.audit("user-delete");
  await page.getByRole("button", { name: "Delete" }).click();
  await portolan.message("Deleted user bo.");
});

test.describe("the last administrator", () => {
  test.use({ allowedErrors: /409/ });

  test("cannot be demoted, and the page says why", async ({ page, portolan }) => {
    await portolan.visit("/users");
    await page.getByRole("link", { name: "anna", exact: true }).click();
    await portolan.heading("anna");
    await page.getByRole("combobox", { name: "Role", exact: true }).selectOption("Viewer");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert")).toContainText("anna is the last administrator who can log in.");
  });
});
