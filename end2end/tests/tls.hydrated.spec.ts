import { expect, test } from "../fixtures/portolan.js";
import { ROBOT, Registry } from "../fixtures/registry.js";

/** The console without a proxy in front of it. */

test.use({ needs: "editor", tls: true, checks: true, ignoreHTTPSErrors: true });

test("over TLS, Chromium gets everything over HTTP/2, live results included", async ({ page, portolan }) => {
  const registry = await Registry.start();
  await portolan.visit("/image-registries");
  const protocols = await page.evaluate(() => {
    const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return [...new Set(entries.map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol))];
  });
  expect(protocols).toEqual(["h2"]);
  await portolan.createInTheForm({ name: "harbour", url: registry.url, ...ROBOT });
  await expect(page.getByRole("region", { name: "Status" })).toContainText("Connected", { timeout: 15_000 });
  await page.getByRole("button", { name: "Log out" }).click();
  await portolan.message("You are logged out.");
  await portolan.logIn();
  await portolan.heading("Image Registries");
  await registry.stop();
});
