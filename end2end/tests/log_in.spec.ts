import { PERSON, expect, test } from "../fixtures/portolan.js";

test.describe("before the set-up", () => {
  test.use({ signedIn: false, allowedErrors: /422/ });

  test("S9: the printed link creates the first administrator, once", async ({ page, portolan, server }) => {
    await portolan.visit("/");
    await portolan.heading("Log in");
    await expect(page.getByText("There is no administrator yet.")).toBeVisible();

    const link = new URL(server.setupLink);
    await portolan.visit(link.pathname + link.search);
    await portolan.heading("Set up");
    await page.getByRole("button", { name: "Create administrator" }).click();
    await expect(page.getByRole("alert")).toContainText("2 fields need your attention.");
    await expect(page.getByRole("alert")).toBeFocused();
    await portolan.audit("setup");

    await page.getByLabel("Username").fill(PERSON.name);
    await page
      .getByLabel(/^Password/)
      .first()
      .fill(PERSON.password);
    await page.getByLabel("Confirm password").fill(PERSON.password);
    await page.getByRole("button", { name: "Create administrator" }).click();
    await portolan.heading("Image Registries");
    await portolan.message("Welcome, anna.");
  });
});

test.describe("a wrong set-up link", () => {
  test.use({ signedIn: false, allowedErrors: /403/ });

  test("says where to find the right one", async ({ page, portolan }) => {
    await portolan.visit("/setup?token=wrong");
    await expect(page.getByRole("alert")).toContainText("not the setup link");
    await portolan.audit("setup-wrong");
  });
});

test("logging in again after a log-out returns to the requested page", async ({ page, portolan }) => {
  await portolan.visit("/workspaces");
  await page.getByRole("button", { name: "Log out" }).click();
  await portolan.heading("Log in");
  await portolan.message("You are logged out.");
  await portolan.visit("/workspaces/default");
  await portolan.expectPath("/login?next=%2Fworkspaces%2Fdefault");
  await portolan.audit("login");
  await portolan.logIn();
  await portolan.heading("default");
  await portolan.expectPath("/workspaces/default");
});

test.describe("a wrong password", () => {
  test.use({ allowedErrors: /422/ });

  test("does not reveal which field was wrong, and keeps the username", async ({ page, portolan }) => {
    await page.context().clearCookies();
    await portolan.visit("/login");
    await portolan.logIn("not the password");
    await expect(page.getByRole("alert")).toContainText("Incorrect username or password.");
    await expect(page.getByLabel("Username")).toHaveValue(PERSON.name);
    await portolan.waitForHydration();
    await portolan.audit("login-wrong");
    await portolan.logIn();
    await portolan.heading("Image Registries");
  });
});

test.describe("an unknown path", () => {
  test.use({ allowedErrors: /404/ });

  test("shows the not-found page", async ({ portolan }) => {
    await portolan.visit("/nowhere");
    await portolan.heading("Page not found");
    await portolan.audit("not-found");
  });
});
