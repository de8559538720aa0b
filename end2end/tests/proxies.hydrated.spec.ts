import { type IncomingHttpHeaders, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PERSON, expect, test as base } from "../fixtures/portolan.js";
import { PROXIES, Proxy, type ProxyKind } from "../fixtures/proxy.js";
import { ROBOT, Registry } from "../fixtures/registry.js";
import { Server } from "../fixtures/server.js";

/** Portolan behind each proxy, with the configurations of docs/proxies. */

const EVENTS_PATH = "/events";

/** The most registries that can be deleted at once. */
const MANY = 500;

const test = base.extend<{ kind: ProxyKind; registry: Registry }>({
  kind: ["nginx", { option: true }],

  /** A server behind the proxy. */
  server: async ({ kind, tls, checks }, use) => {
    const server = await Server.start({ checks, plainHttp: !tls });
    const proxy = await Proxy.start(kind, server.host, { tls }).catch(async (error) => {
      await server.stop();
      throw error;
    });
    server.url = proxy.url;
    await use(server);
    // In this order, because Apache waits ten seconds for open streams, which the server ends at once.
    await server.stop();
    await proxy.stop();
  },

  registry: async ({}, use) => {
    const registry = await Registry.start();
    await use(registry);
    await registry.stop();
  },
});

test.use({ needs: "editor", tls: true, ignoreHTTPSErrors: true });

for (const kind of PROXIES) {
  test.describe(`behind ${kind}`, () => {
    test.use({ kind });

    test("500 registries can be deleted at once", async ({ page, portolan, server }) => {
      const names = Array.from({ length: MANY }, (_, index) => `registry-${index}`);
      for (let from = 0; from < MANY; from += 50) {
        await Promise.all(names.slice(from, from + 50).map((name) => portolan.createRegistries({ name })));
      }
      const targets: string[] = [];
      for (let number = 1; number <= MANY / 100; number++) {
        const answer = await page.request.get(`${server.url}/ui/image-registries/list?per_page=100&page=${number}`);
        const { rows } = (await answer.json()) as { rows: { id: string; workspace: string; name: string }[] };
        targets.push(...rows.map(({ id, workspace, name }) => `${id}:${workspace}/${name}`));
      }
      expect(targets).toHaveLength(MANY);
      await portolan.post("/ui/image-registries/delete", { targets: targets.join(",") });
      await portolan.visit("/image-registries");
      await expect(page.getByText("No image registries yet")).toBeVisible();
    });

    for (const tls of [true, false]) {
      test.describe(tls ? "over TLS" : "over plain http", () => {
        test.use({ tls, checks: true });

        test("log-out, log-in, creation and live check results work", async ({ page, portolan, server, registry }) => {
          const list = await page.goto(`${server.url}/image-registries`);
          expect(list!.status()).toBe(200);
          await portolan.waitForHydration();
          await page.getByRole("button", { name: "Log out" }).click();
          await portolan.message("You are logged out.");
          await portolan.logIn();
          await portolan.heading("Image Registries");
          // Before that, a link loads another document, which listens to nothing.
          await portolan.waitForHydration();

          await page.evaluate(follow, EVENTS_PATH);
          await portolan.createInTheForm({ name: "harbour", url: registry.url, ...ROBOT });
          const details = await page.request.get(
            `${server.url}/ui/image-registries/details?workspace=default&name=harbour`,
          );
          const { id } = await details.json();
          await expect.poll(() => page.evaluate(() => window.heard), { timeout: 10_000 }).toContain(id);
        });
      });
    }

    test("the proxy forwards the requested host and the client's address", async ({ request }) => {
      const asked: IncomingHttpHeaders[] = [];
      const upstream = createServer((request, answer) => {
        asked.push(request.headers);
        answer.end();
      });
      await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
      const { port } = upstream.address() as AddressInfo;
      const withHsts = (site: string) => site.replace(/# (.*Strict-Transport-Security)/, "$1");
      const proxy = await Proxy.start(kind, `127.0.0.1:${port}`, { tls: true, change: withHsts });
      const answer = await request.get(proxy.url, { headers: { "x-forwarded-for": "192.0.2.1" } });
      await proxy.stop();
      upstream.close();
      expect(asked).toHaveLength(1);
      expect(asked[0].host).toBe(new URL(proxy.url).host);
      // An address sent by the client may only appear to the left of the one that the proxy added.
      expect(String(asked[0]["x-forwarded-for"])).toMatch(/^(192\.0\.2\.1, ?)?127\.0\.0\.1$/);
      expect(answer.headers()["strict-transport-security"]).toBe("max-age=31536000");
    });
  });
}

test.describe("behind nginx", () => {
  test("500 registries can be selected on five pages and deleted with the dialog", async ({ page, portolan }) => {
    const names = Array.from({ length: 500 }, (_, index) => `registry-${index}`);
    for (let from = 0; from < names.length; from += 50) {
      await Promise.all(names.slice(from, from + 50).map((name) => portolan.createRegistries({ name })));
    }
    await portolan.visit("/image-registries?per_page=100");
    const bar = page.getByRole("form", { name: "Selection" });
    for (const count of [100, 200, 300, 400, 500]) {
      await page.getByLabel("Select all on this page").check();
      await expect(bar).toContainText(`${count} selected`);
      if (count < 500) {
        await page.getByRole("link", { name: "Next page" }).click();
        await expect(page.getByText(`Page ${count / 100 + 1} of 5`)).toBeVisible();
        await expect(page.getByLabel("Select all on this page")).not.toBeChecked();
      }
    }
    await bar.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("These 500 image registries will be deleted");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await portolan.message("Deleted 500 image registries.");
  });
});

test.describe("behind nginx without its Host line", () => {
  test.use({ signedIn: false });

  test("a log-in is refused with an explanation", async ({ request }) => {
    const server = await Server.start();
    const change = (site: string) => site.replace(/proxy_set_header Host.*/, "");
    const proxy = await Proxy.start("nginx", server.host, { tls: false, change });
    const answer = await request.post(`${proxy.url}/ui/login`, {
      form: { user_name: PERSON.name, password: PERSON.password },
      headers: { origin: proxy.url },
    });
    await proxy.stop();
    await server.stop();
    expect(answer.status()).toBe(403);
    expect(await answer.text()).toContain(proxy.url);
    expect(await answer.text()).toContain(server.host);
  });
});

declare global {
  interface Window {
    heard: string;
  }
}

/** Collects the events of the stream in `window.heard`. Resolves once the stream is open. */
async function follow(path: string): Promise<void> {
  window.heard = "";
  const answer = await fetch(path, { signal: AbortSignal.timeout(30_000) });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) window.heard += piece.value;
  };
  void read();
}
