import { expect, test } from "../fixtures/portolan.js";
import { setReachable } from "../fixtures/postgres.js";
import { ROBOT, Registry } from "../fixtures/registry.js";

/** The way through the pages, with PostgreSQL in place of SQLite. */

test.use({ needs: "editor", engine: "postgres", checks: true, allowedErrors: /401|503/ });

test("a registry is created, checked, edited and deleted on PostgreSQL", async ({ page, portolan }) => {
  const registry = await Registry.start();
  await portolan.visit("/image-registries");
  await page.getByRole("button", { name: "Log out" }).click();
  await portolan.logIn();
  await portolan.heading("Image Registries");
  await portolan.createInTheForm({ name: "harbour", url: registry.url, ...ROBOT });
  await expect.poll(() => portolan.reasonOf("default", "harbour")).toMatch(/accepted/i);

  await portolan.visit("/image-registries?status=Connected&q=HARB");
  await expect(page.getByRole("row", { name: /harbour/ })).toContainText("Connected");
  await page.getByRole("link", { name: "harbour" }).click();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Repository").fill("team");
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.message("Saved default/harbour.");

  await portolan.visit(`/image-registries/delete?id=${await portolan.idOf("default", "harbour")}`);
  await page.getByRole("button", { name: "Delete" }).click();
  await portolan.message("Deleted default/harbour.");
  await registry.stop();
});

test("while the database is down pages say so, and what was typed is not lost", async ({
  page,
  portolan,
  server,
  javaScriptEnabled,
}) => {
  await portolan.visit("/image-registries/create");
  await page.getByLabel("Name").first().fill("harbour");
  await page.getByLabel("URL").fill("https://registry.example.com");
  await page.getByLabel("Username").fill("robot");
  await page.getByLabel("Password").fill("canary");
  setReachable(server.database!, false);
  await page.getByRole("button", { name: "Save" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "the database cannot be reached" });
  await expect(alert).toBeVisible({ timeout: 15_000 });
  if (!javaScriptEnabled) await portolan.audit("outage-form");
  setReachable(server.database!, true);
  await expect(async () => {
    if (javaScriptEnabled) await page.getByRole("button", { name: "Save" }).click();
    else await page.reload();
    await portolan.heading("harbour");
  }).toPass();
  await expect(page.getByText("robot").first()).toBeVisible();

  setReachable(server.database!, false);
  await page.goto(`${server.url}/image-registries`);
  await portolan.heading("Not available");
  await portolan.audit("outage");
  await portolan.expectNoOverflow();
  setReachable(server.database!, true);
  await expect(async () => {
    await page.reload();
    await portolan.heading("Image Registries");
  }).toPass();
});
