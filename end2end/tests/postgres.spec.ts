import { expect, test } from "../fixtures/portolan.js";
import { ROBOT, Registry } from "../fixtures/registry.js";

/** The way through the pages, with PostgreSQL in place of SQLite. */

test.use({ engine: "postgres", checks: true, allowedErrors: /401/ });

test("a registry is created, checked, edited and deleted on PostgreSQL", async ({ page, portolan }) => {
  const registry = await Registry.start();
  await portolan.visit("/image-registries");
  await page.getByRole("button", { name: "Log out" }).click();
  await portolan.logIn();
  await portolan.heading("Image Registries");
  await page.getByRole("link", { name: "Create", exact: true }).first().click();
  await page.getByLabel("Name").first().fill("harbour");
  await page.getByLabel("URL").fill(registry.url);
  await page.getByLabel("Username").fill(ROBOT.username);
  await page.getByLabel("Password").fill(ROBOT.password);
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("harbour");
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
