import { expect } from "../fixtures/portolan.js";
import { ROBOT, withRegistry as test } from "../fixtures/registry.js";

/** Many tabs of one browser, which opens at most six connections to an HTTP/1.1 server. */

test.use({ checks: true });

test("ten tabs hydrate, and each gets live updates", async ({ page, portolan, registry, context, server }) => {
  await portolan.createRegistries({ name: "harbour", url: registry.url, ...ROBOT });
  await portolan.visit("/image-registries");
  const tabs = [page];
  for (let count = 1; count < 10; count++) {
    const tab = await context.newPage();
    await tab.goto(`${server.url}/image-registries${count % 2 ? "" : "/default/harbour"}`);
    await expect(tab.locator("html[data-hydrated]")).toBeAttached();
    tabs.push(tab);
  }
  for (const tab of tabs) await expect(tab.locator(".badge.connected").first()).toBeVisible();
  await registry.down();
  await portolan.post("/ui/image-registries/check", { id: await portolan.idOf("default", "harbour") });
  for (const tab of tabs) await expect(tab.getByText("Connection refused").first()).toBeVisible({ timeout: 15_000 });

  const last = tabs.at(-1)!;
  await last.getByRole("link", { name: "Workspaces" }).first().click();
  await expect(last.getByRole("heading", { level: 1, name: "Workspaces" })).toBeVisible();
});

test("a page restored from the back-forward cache is up to date", async ({ page, portolan, registry, server }) => {
  await portolan.createRegistries({ name: "harbour", url: registry.url, ...ROBOT });
  await portolan.visit("/image-registries");
  await expect(page.locator(".badge.connected").first()).toBeVisible();
  await page.goto(`${server.url}/healthz`);
  await registry.down();
  await portolan.post("/ui/image-registries/check", { id: await portolan.idOf("default", "harbour") });
  await expect.poll(() => portolan.reasonOf("default", "harbour")).toContain("Connection refused");
  await page.goBack();
  await expect(page.getByText("Connection refused").first()).toBeVisible();
});

test.describe("a session that ends", () => {
  test.use({ allowedErrors: /401/ });

  test("redirects the open page to the log-in page", async ({ page, portolan, context, server }) => {
    await portolan.visit("/image-registries");
    const other = await context.newPage();
    await other.goto(`${server.url}/account`);
    await other.getByRole("button", { name: "Log out", exact: true }).click();
    await expect(page.getByRole("status").first()).toContainText("Your session has ended.", { timeout: 15_000 });
    await portolan.audit("signed-out");
    await page.getByRole("link", { name: "Log in again" }).click();
    await portolan.waitForHydration();
    await portolan.logIn();
    await portolan.heading("Image Registries");
  });
});
