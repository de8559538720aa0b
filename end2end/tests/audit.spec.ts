import { expect, test } from "../fixtures/portolan.js";

test.use({ needs: "administrator", allowedErrors: /400|422/ });

test("Q5: the audit trail says who did what, and can be filtered and downloaded", async ({ page, portolan }) => {
  await portolan.createWorkspace("team");
  await portolan.createRegistries({ name: "one", workspace: "team", username: "robot", password: "canary" });
  await portolan.visit("/");
  await page.getByRole("link", { name: "Audit" }).first().click();
  await portolan.heading("Audit");
  await portolan.audit("audit");
  const created = page.getByRole("row").filter({ hasText: "Create image registry" });
  await expect(created).toContainText("team/one");
  await expect(created).toContainText("Password: set");
  await expect(page.getByText("canary")).toHaveCount(0);

  await page.getByRole("combobox", { name: "Event" }).selectOption("Create workspace");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByRole("row")).toHaveCount(2);
  await portolan.expectPath(/event=workspace\.create/);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  expect((await download).suggestedFilename()).toBe("audit.csv");
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(created).toBeVisible();
});

test("entries are kept for as long as an administrator says", async ({ page, portolan }) => {
  await portolan.visit("/audit");
  await page.getByLabel("Days to keep entries").fill("0");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("Use a number from 1 to 36500, or leave it empty.");
  await portolan.waitForHydration();
  await page.getByLabel("Days to keep entries").fill("400");
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.message("Entries are kept for 400 days.");
  await expect(page.getByLabel("Days to keep entries")).toHaveValue("400");
});

test("the details of a registry show what was changed", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one" });
  await portolan.visit("/image-registries/default/one/edit");
  await page.getByLabel("Repository").fill("ships");
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("one");
  await expect(page.getByText("Edit image registry by anna. Repository: ships")).toBeVisible();
  await portolan.audit("history");
});

test("users and the audit trail fit on a phone", async ({ page, portolan }) => {
  for (const path of ["/users", "/users/anna", "/audit"]) {
    await portolan.visit(path);
    await portolan.expectNoOverflow();
  }
});
