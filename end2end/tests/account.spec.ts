import { PERSON, expect, test, needs } from "../fixtures/portolan.js";

test.use({ allowedErrors: /422/ });

test("the password can be changed", async ({ page, portolan }) => {
  await portolan.visit("/account");
  await portolan.audit("account");
  await page.getByLabel("Current password").fill(PERSON.password);
  await page.getByLabel("New password", { exact: false }).first().fill("short");
  await page.getByLabel("Confirm new password").fill("other");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toContainText("Use 12 characters or more");
  // Hint, error and strength do not repeat each other.
  await expect(page.getByText("a few random words")).toHaveCount(1);
  await portolan.waitForHydration();
  await page.getByLabel("Current password").fill(PERSON.password);
  await page.getByLabel("New password", { exact: false }).first().fill("a longer secret sentence");
  await page.getByLabel("Confirm new password").fill("a longer secret sentence");
  await page.getByRole("button", { name: "Change password" }).click();
  await portolan.message("Password changed.");

  await portolan.waitForHydration();
  await page.getByRole("button", { name: "Log out everywhere" }).click();
  await portolan.heading("Log in");
  await portolan.waitForHydration();
  await portolan.logIn("a longer secret sentence");
  await portolan.heading("Image Registries");
});

test("a common password is refused", async ({ page, portolan }) => {
  await portolan.visit("/account");
  await page.getByLabel("Current password").fill(PERSON.password);
  await page.getByLabel("New password", { exact: false }).first().fill("1q2w3e4r5t6y");
  await page.getByLabel("Confirm new password").fill("1q2w3e4r5t6y");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toContainText("among the passwords that are guessed first");
});

test("one session or all others can be ended", async ({ page, playwright, portolan, server }) => {
  const logIn = async (userAgent: string) => {
    // In another browser.
    const other = await playwright.request.newContext({ userAgent });
    const answer = await other.post(`${server.url}/ui/login`, {
      form: { user_name: PERSON.name, password: PERSON.password },
      headers: { origin: server.url, accept: "application/json" },
    });
    expect(answer.ok()).toBeTruthy();
    await other.dispose();
  };
  await logIn("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
  await logIn("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1");
  await logIn("curl/8.5.0");

  await portolan.visit("/account");
  const sessions = page.getByRole("table", { name: "Your sessions" });
  await expect(sessions.getByText("This one")).toHaveCount(1);
  await expect(sessions.getByText("Firefox on Linux")).toBeVisible();
  await page.getByRole("button", { name: /^End the session of Firefox on Linux/ }).click();
  await portolan.message("Session ended.");
  await expect(sessions.getByText("Firefox on Linux")).toHaveCount(0);
  await expect(sessions.getByText("Safari on iPhone")).toBeVisible();

  await portolan.waitForHydration();
  await page.getByRole("button", { name: "Log out all others" }).click();
  await portolan.message("All other sessions were logged out.");
  await expect(sessions.getByText("Safari on iPhone")).toHaveCount(0);
  await expect(sessions.getByText("This one")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Log out all others" })).toHaveCount(0);
});

test("the sessions are readable on a narrow screen", async ({ page, portolan }) => {
  await portolan.visit("/account");
  await portolan.expectNoOverflow();
  await expect(page.getByRole("table", { name: "Your sessions" }).getByText("127.0.0.1")).toBeVisible();
});

test("a chosen theme is kept", async ({ page, portolan }) => {
  await portolan.visit("/account");
  await page.getByRole("button", { name: "Dark theme" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await portolan.visit("/workspaces");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("button", { name: "Dark theme" })).toHaveAttribute("aria-pressed", "true");
});

test("the navigation links to every section", needs("administrator"), async ({ page, portolan }) => {
  await portolan.visit("/account");
  await expect(page.getByRole("navigation", { name: "Main" })).toMatchAriaSnapshot({ name: "navigation.aria.yml" });
});

test("on a phone the navigation is behind a button", async ({ page, portolan }) => {
  await page.setViewportSize({ width: 360, height: 720 });
  await portolan.visit("/image-registries");
  await expect(page.getByRole("link", { name: "Workspaces" })).toBeHidden();
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("link", { name: "Workspaces" }).click();
  await portolan.heading("Workspaces");
  await expect(page.getByRole("link", { name: "Account" })).toBeHidden();
  await portolan.expectNoOverflow();
});
