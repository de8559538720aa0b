import { ADMIN, expect, test } from "../fixtures/portolan.js";

test.use({ allowedErrors: /422/ });

test("the password can be changed", async ({ page, portolan }) => {
  await portolan.visit("/account");
  await portolan.audit("account");
  await page.getByLabel("Current password").fill(ADMIN.password);
  await page.getByLabel("New password", { exact: false }).first().fill("short");
  await page.getByLabel("Confirm new password").fill("other");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toContainText("Use 12 characters or more");
  await portolan.waitForHydration();
  await page.getByLabel("Current password").fill(ADMIN.password);
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

test("a chosen theme is kept", async ({ page, portolan }) => {
  await portolan.visit("/account");
  await page.getByRole("button", { name: "Dark theme" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await portolan.visit("/workspaces");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("button", { name: "Dark theme" })).toHaveAttribute("aria-pressed", "true");
});

test("the navigation links to every section", async ({ page, portolan }) => {
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
