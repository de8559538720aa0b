import { get } from "node:http";
import type { Page } from "@playwright/test";
import { holdBack } from "../fixtures/gate.js";
import { expect, test, needs } from "../fixtures/portolan.js";

/** The WebAssembly module is split: a page downloads the chunks that it needs. */

test.use({
  allowedErrors: /404|Failed to load resource|Failed to fetch|WebAssembly|failed to load split module|preload/,
});

/** The files of the chunks that a page needs, from the script that starts it. */
async function chunksOf(page: Page, url: string): Promise<string[]> {
  const html = await (await page.request.get(url)).text();
  return JSON.parse(html.match(/const assets = (\{.*?\});/)![1]).chunks;
}

/** The bytes of a response to a browser that takes Brotli: headers and body. */
function compressedSize(url: string): Promise<number> {
  return new Promise((resolve) => {
    get(url, { headers: { "accept-encoding": "br" } }, (answer) => {
      let size = answer.rawHeaders.join("\r\n").length;
      answer.on("data", (chunk: Buffer) => (size += chunk.length));
      answer.on("end", () => resolve(size));
    });
  });
}

/** Whether the browser has fetched these files. */
function fetched(page: Page, files: string[]): Promise<boolean> {
  return page.evaluate((files) => {
    const names = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname);
    return files.every((file) => names.includes(file));
  }, files);
}

/** The page downloads nothing for the next click. */
async function withoutIdle(page: Page): Promise<void> {
  await page.addInitScript(() => (window.requestIdleCallback = () => 0));
}

/** Holds the chunk of the forms back until the returned function is called. */
async function holdBackChunk(page: Page): Promise<() => void> {
  const { until, release } = holdBack();
  await page.route(/split_form/, async (route) => {
    await until;
    await route.continue();
  });
  return release;
}

/** Everything that a browser receives until the page is alive, compressed as the server sends it. */
async function firstVisit(page: Page, url: string): Promise<{ total: number; sizes: Record<string, number> }> {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.setCacheDisabled", { cacheDisabled: true });
  const urls = new Map<string, string>();
  const sizes: Record<string, number> = {};
  client.on("Network.requestWillBeSent", ({ requestId, request }) =>
    urls.set(requestId, new URL(request.url).pathname),
  );
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const path = urls.get(requestId)!;
    sizes[path] = (sizes[path] ?? 0) + encodedDataLength;
  });
  await withoutIdle(page);
  await page.goto(url);
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  // For whatever else the page asks for by itself. The stream of events never ends.
  await page.waitForTimeout(1000);
  return { total: Object.values(sizes).reduce((sum, size) => sum + size, 0), sizes };
}

for (const [path, limit] of [
  ["/login", 135_000],
  ["/image-registries", 205_000],
] as const) {
  test(`the first visit of ${path} stays within ${limit} bytes`, async ({ page, portolan, server }) => {
    await portolan.createRegistries({ name: "one" });
    if (path === "/login") await page.context().clearCookies();
    const { total, sizes } = await firstVisit(page, server.url + path);
    console.log(`${path}: ${total} bytes in all, ${JSON.stringify(sizes)}`);
    expect(Object.entries(sizes).find(([path]) => path.endsWith(".css"))![1]).toBeLessThanOrEqual(10 * 1024);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThanOrEqual(limit);
  });
}

test("each chunk adds at most 80,000 bytes to the list", needs("administrator"), async ({ page, portolan, server }) => {
  await portolan.createRegistries({ name: "one" });
  const ofList = await chunksOf(page, `${server.url}/image-registries`);
  for (const path of ["/image-registries/default/one", "/image-registries/create", "/workspaces", "/users"]) {
    const added = (await chunksOf(page, server.url + path)).filter((file) => !ofList.includes(file));
    expect(added.length).toBeGreaterThan(0);
    let size = 0;
    for (const file of added) {
      size += await compressedSize(server.url + file);
    }
    console.log(`${path}: ${size} bytes in ${added.length} files`);
    expect(size).toBeLessThanOrEqual(80_000);
  }
});

test("once the page is idle, the chunks for the next click are there", async ({ page, portolan, server }) => {
  await portolan.createRegistries({ name: "one" });
  const details = await chunksOf(page, `${server.url}/image-registries/default/one`);
  const workspaces = await chunksOf(page, `${server.url}/workspaces`);
  await portolan.visit("/image-registries");
  await expect.poll(() => fetched(page, [...details, ...workspaces])).toBe(true);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.getByRole("link", { name: "one", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "one" })).toBeFocused();
  await page.getByRole("link", { name: "Workspaces" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Workspaces" })).toBeFocused();
  expect(requests.filter((url) => url.endsWith(".wasm"))).toEqual([]);
});

test("the log-in page downloads no chunk", async ({ page, portolan, server }) => {
  await page.context().clearCookies();
  await portolan.visit("/login");
  await page.waitForTimeout(1000);
  const list = await chunksOf(page, `${server.url}/login`);
  expect(list).toEqual([]);
  const names = await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name));
  expect(names.filter((name) => name.includes(".wasm"))).toHaveLength(1);
});

test(
  "while a chunk is slow, the page stays and says that the next one is coming",
  needs("editor"),
  async ({ page, portolan }) => {
    await portolan.createRegistries({ name: "one" });
    await withoutIdle(page);
    const release = await holdBackChunk(page);
    await portolan.visit("/image-registries?q=one");
    await page.getByRole("link", { name: "Create", exact: true }).click();
    await expect(page.getByRole("status").getByText("Loading the page…")).toBeVisible();
    await expect(page).toHaveURL(/\/image-registries\?q=one$/);
    await expect(page.getByRole("searchbox")).toHaveValue("one");
    release();
    await expect(page.getByRole("heading", { level: 1, name: "Create image registry" })).toBeFocused();
    await expect(page.getByText("Loading the page…")).toBeHidden();
    await expect(page).toHaveURL(/\/image-registries\/create$/);
  },
);

test("a click elsewhere while a chunk is slow wins", needs("editor"), async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one" });
  await withoutIdle(page);
  const release = await holdBackChunk(page);
  await portolan.visit("/image-registries");
  await page.getByRole("link", { name: "Create", exact: true }).click();
  await expect(page.getByText("Loading the page…")).toBeVisible();
  await page.getByRole("link", { name: "Workspaces" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Workspaces" })).toBeFocused();
  release();
  await page.waitForTimeout(500);
  await expect(page.getByRole("heading", { level: 1, name: "Workspaces" })).toBeVisible();
  await expect(page).toHaveURL(/\/workspaces$/);
});

test("a tab that is older than the server gets the whole page from it", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one" });
  await withoutIdle(page);
  await portolan.visit("/image-registries");
  await page.route(/split_registry/, (route) => route.fulfill({ status: 404, body: "gone" }), { times: 1 });
  await page.evaluate(() => Object.assign(window, { stillHere: true }));
  await page.getByRole("link", { name: "one", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "one" })).toBeVisible();
  await expect(page).toHaveURL(/\/image-registries\/default\/one$/);
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  expect(await page.evaluate(() => "stillHere" in window)).toBe(false);
});

test("without a connection, the page stays and offers to load the next one again", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one" });
  await withoutIdle(page);
  await portolan.visit("/image-registries");
  await page.context().setOffline(true);
  await page.getByRole("link", { name: "one", exact: true }).click();
  await expect(page.getByRole("status")).toContainText("The page could not be loaded.");
  await expect(page.getByRole("heading", { level: 1, name: "Image Registries" })).toBeVisible();
  await expect(page).toHaveURL(/\/image-registries$/);
  // Clicking again tries again.
  await page.getByRole("link", { name: "one", exact: true }).click();
  await expect(page.getByRole("status")).toContainText("The page could not be loaded.");
  await page.context().setOffline(false);
  await page.getByRole("link", { name: "load it again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "one" })).toBeVisible();
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
});

// The form, and the page that it leads to; or the main module.
for (const part of ["split_form", "portolan_bg"]) {
  test(`without ${part} a page says so, and its form works`, needs("editor"), async ({ page, portolan, server }) => {
    const missing = new RegExp(part === "split_form" ? "split_(form|registry)" : part);
    await page.route(missing, (route) => route.abort());
    await page.goto(`${server.url}/image-registries/create`);
    const notice = page.getByRole("status").getByText("This page works, but could not be loaded completely.");
    await expect(notice).toBeVisible();
    await portolan.audit(`not-hydrated-${part}`);
    await page.getByLabel("Name", { exact: false }).first().fill("harbour");
    await page.getByLabel("URL").fill("registry.example.com");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "harbour" })).toBeVisible();
    // Until its style sheet is there, nothing on the next page is hidden.
    await page.locator('html[data-hydration="failed"]').waitFor({ state: "attached" });
    await expect(notice).toBeVisible();
    await page.unroute(missing);
    await page.getByRole("link", { name: "Reload" }).click();
    await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
    await expect(notice).toBeHidden();
  });
}
