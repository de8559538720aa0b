import { holdBack } from "../fixtures/gate.js";
import { expect, test, needs } from "../fixtures/portolan.js";
import { outsideAddress } from "../fixtures/server.js";

/** What WebAssembly adds to the pages. */

test.use({ needs: "editor", allowedErrors: /401|422/ });

test("client-side navigation loads no page, moves the focus and updates the title", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one" });
  await portolan.visit("/image-registries");
  await page.evaluate(() => Object.assign(window, { stillHere: true }));
  await page.getByRole("link", { name: "one", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "one" })).toBeFocused();
  await expect(page).toHaveTitle("one · Portolan");
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Repository").fill("team");
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.message("Saved default/one.");
  await page.getByRole("link", { name: "Image Registries" }).first().click();
  await expect(page.getByRole("row", { name: /one/ })).toContainText("team");
  await expect(page.getByText("Saved default/one.")).toBeHidden();
  expect(await page.evaluate(() => "stillHere" in window)).toBe(true);
});

test("the selection survives sorting, paging and returning to the list", async ({ page, portolan }) => {
  for (let index = 10; index < 25; index++) await portolan.createRegistries({ name: `registry-${index}` });
  await portolan.visit("/image-registries?per_page=10");
  await page.getByLabel("Select default/registry-12").check();
  await page.getByRole("link", { name: "Next page" }).click();
  await page.getByLabel("Select default/registry-23").check();
  const bar = page.getByRole("form", { name: "Selection" });
  await expect(bar).toContainText("2 selected");
  await page.getByRole("link", { name: "Name" }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("registry-24");
  await expect(page.getByLabel("Select default/registry-23")).toBeChecked();
  await page.getByLabel("Select all on this page").check();
  await expect(bar).toContainText("11 selected");
  await bar.getByRole("button", { name: "Clear" }).click();
  await expect(bar).toBeHidden();
  await expect(page.getByLabel("Select default/registry-23")).not.toBeChecked();

  await page.getByLabel("Select default/registry-23").check();
  await page.getByRole("link", { name: "Next page" }).click();
  await page.getByLabel("Select default/registry-12").check();
  await expect(bar).toContainText("2 selected");
  await bar.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("registry-12");
  await expect(dialog).toContainText("registry-23");
  await portolan.audit("delete-dialog");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await portolan.message("Deleted 2 image registries.");
  await expect(page.getByText("of 13")).toBeVisible();
});

test("the image prefix is updated while typing", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  const prefix = page.getByRole("status").filter({ hasText: /appears|example|docker/ });
  await page.getByLabel("URL").fill("registry.example.com:5000");
  await page.getByLabel("Repository").fill("team");
  await expect(prefix).toHaveText("registry.example.com:5000/team");
  await page.getByLabel("URL").fill("index.docker.io/v1");
  await page.getByLabel("Repository").fill("");
  await expect(prefix).toContainText("the URL will be stored as https://docker.io");
});

test("leaving a form with unsaved changes asks for confirmation", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  await page.getByLabel("Repository").fill("team");
  page.once("dialog", (dialog) => dialog.dismiss());
  await page.getByRole("link", { name: "Cancel" }).click();
  await portolan.heading("Create image registry");
  await expect(page.getByLabel("Repository")).toHaveValue("team");
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("link", { name: "Cancel" }).click();
  await portolan.heading("Image Registries");
});

test("going back with unsaved changes asks for confirmation and keeps the page intact", async ({ page, portolan }) => {
  await portolan.visit("/image-registries");
  await page.getByRole("link", { name: "Create", exact: true }).click();
  await page.getByLabel("Repository").fill("team");
  page.once("dialog", (dialog) => dialog.dismiss());
  await page.evaluate(() => history.back());
  await portolan.expectPath("/image-registries/create");
  await portolan.heading("Create image registry");
  await expect(page.getByLabel("Repository")).toHaveValue("team");
  page.once("dialog", (dialog) => dialog.accept());
  await page.evaluate(() => history.back());
  await portolan.heading("Image Registries");
});

test("a connection test result disappears when the form changes", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  await page.getByLabel("URL").fill("http://169.254.169.254");
  await page.getByRole("button", { name: "Test connection" }).click();
  const result = page.getByRole("region", { name: "Connection test" });
  await expect(result).toContainText("Blocked by address policy");
  await page.getByLabel("URL").fill("http://169.254.169.25");
  await expect(result).toBeHidden();
});

test("a connection test result for earlier values is discarded", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  const held = holdBack();
  await page.route("**/create/test", async (route) => {
    await held.until;
    await route.continue();
  });
  await page.getByLabel("URL").fill("http://169.254.169.254");
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByLabel("URL").fill("http://169.254.169.25");
  held.release();
  await expect(page.getByRole("button", { name: "Test connection" })).not.toHaveAttribute("aria-disabled", "true");
  await expect(page.getByRole("region", { name: "Connection test" })).toBeHidden();
});

test("an error inside a disclosure opens it, and only the user closes it", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  await page.getByLabel("URL").fill("http://169.254.169.254");
  await page.getByText("Advanced", { exact: true }).click();
  const certificate = page.getByRole("textbox", { name: "CA certificate" });
  await certificate.fill("none");
  const test = page.getByRole("button", { name: "Test connection" });
  for (let time = 0; time < 2; time++) {
    await page.getByText("Advanced", { exact: true }).click();
    await expect(certificate).toBeHidden();
    await test.click();
    await page.getByRole("alert").getByRole("link").click();
    await expect(certificate).toBeFocused();
  }
  await certificate.fill("");
  await test.click();
  await expect(page.getByRole("region", { name: "Connection test" })).toBeVisible();
  await expect(certificate).toBeVisible();
});

test("hints about credentials appear while typing", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  await page.getByLabel("URL").fill("http://10.0.0.5:5000");
  await expect(page.getByText("Over plain http")).toBeHidden();
  await page.getByLabel("Username").fill("robot");
  await expect(page.getByText("Over plain http")).toBeVisible();
  await page.getByLabel("URL").fill("123456789012.dkr.ecr.eu-west-1.amazonaws.com");
  await page.getByLabel("Username").fill("AWS");
  await expect(page.getByText("Over plain http")).toBeHidden();
  await expect(page.getByText("A token of Amazon ECR expires after 12 hours.")).toBeVisible();
});

test("a busy button shows it and submits once", needs("administrator"), async ({ page, portolan }) => {
  await portolan.visit("/workspaces");
  let calls = 0;
  const held = holdBack();
  await page.route("**/ui/workspaces/create", async (route) => {
    calls += 1;
    await held.until;
    await route.continue();
  });
  await page.getByLabel("Name").fill("team");
  await page.getByRole("button", { name: "Create" }).click();
  const waiting = page.getByRole("button", { name: "Creating…" });
  await expect(waiting).toHaveAttribute("aria-disabled", "true");
  await waiting.click({ force: true });
  held.release();
  await portolan.heading("team");
  expect(calls).toBe(1);
});

test("an expired session leads to the log-in page and back", async ({ page, portolan }) => {
  await portolan.visit("/workspaces");
  await page.context().clearCookies();
  await page.getByRole("link", { name: "Image Registries" }).first().click();
  await portolan.heading("Log in");
  await portolan.waitForHydration();
  await portolan.logIn();
  await portolan.heading("Image Registries");
});

test("copying to the clipboard is confirmed", async ({ page, portolan, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await portolan.createRegistries({ name: "one", repository: "team" });
  await portolan.visit("/image-registries/default/one");
  await page.getByRole("button", { name: "Copy image prefix" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("registry.example.com/team");
});

test("failed copying is not confirmed", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one", repository: "team" });
  await page.addInitScript(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
  });
  await portolan.visit("/image-registries/default/one");
  await page.getByRole("button", { name: "Copy image prefix" }).click();
  await expect(page.getByRole("button", { name: "Copy image prefix" })).toHaveText("Copy");
});

test.describe("over plain http, where browsers have no clipboard", () => {
  test.use({ outside: true, allowedErrors: /Cross-Origin-Opener-Policy header has been ignored/ });
  test.skip(!outsideAddress, "this machine has no address but loopback");

  test("the copy button is not shown", async ({ page, portolan }) => {
    await portolan.createRegistries({ name: "one", repository: "team" });
    await portolan.visit("/image-registries/default/one");
    expect(await page.evaluate(() => window.isSecureContext)).toBe(false);
    await expect(page.getByText("docker pull registry.example.com/team")).toBeVisible();
    await expect(page.getByRole("button", { name: "Copy image prefix" })).toBeHidden();
  });
});

test("an entered password can be revealed", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  const password = page.getByLabel("Password");
  await password.fill("secret");
  const show = page.getByRole("button", { name: "Show password" });
  await show.click();
  await expect(password).toHaveAttribute("type", "text");
  await expect(show).toHaveAttribute("aria-pressed", "true");
  await expect(password).toHaveValue("secret");
  await show.click();
  await expect(password).toHaveAttribute("type", "password");
});

test("relative times stay correct while a page is open, even if the browser's clock is wrong", async ({
  page,
  portolan,
}) => {
  await portolan.createRegistries({ name: "harbour" });
  await page.clock.install({ time: new Date("2001-01-01T00:00:00Z") });
  await portolan.visit("/image-registries/default/harbour");
  const created = page.locator("dt:text-is('Created') + dd time");
  await expect(created).toHaveText("just now");
  await page.clock.fastForward("05:00");
  await expect(created).toHaveText("5 minutes ago");
});

type Times = { paints: number[]; hydratedAt: number };

for (const path of ["/login", "/image-registries/create"]) {
  test(`hydration paints nothing larger than the server-rendered page at ${path}`, async ({ page, portolan }) => {
    await page.addInitScript(() => {
      // Painted when: the observer may be called later, when hydration is over.
      const paints: number[] = [];
      const times = { paints, hydratedAt: Infinity };
      Object.assign(window, { times });
      new PerformanceObserver((list) => {
        for (const { startTime } of list.getEntries()) paints.push(startTime);
      }).observe({ type: "largest-contentful-paint", buffered: true });
      new MutationObserver(() => {
        const isHydrated = document.documentElement?.hasAttribute("data-hydrated");
        if (isHydrated) times.hydratedAt = Math.min(times.hydratedAt, performance.now());
      }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-hydrated"] });
    });
    await portolan.visit(path);
    await page.waitForTimeout(500);
    const { paints, hydratedAt } = await page.evaluate(() => (window as unknown as { times: Times }).times);
    expect(paints.length).toBeGreaterThan(0);
    expect(hydratedAt).toBeLessThan(Infinity);
    expect(Math.max(...paints)).toBeLessThanOrEqual(hydratedAt);
  });
}
