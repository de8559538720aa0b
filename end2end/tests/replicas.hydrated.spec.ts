import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test as base } from "../fixtures/portolan.js";
import { createDatabase } from "../fixtures/postgres.js";
import { Proxy } from "../fixtures/proxy.js";
import { Registry } from "../fixtures/registry.js";
import { Server } from "../fixtures/server.js";

/** Two servers on one PostgreSQL database, with the configurations of docs/proxies. */

type Pair = { server: Server; replica: Server };

const test = base.extend<{ kind: "nginx" | "haproxy"; pair: Pair; replica: Server }>({
  kind: ["nginx", { option: true }],

  pair: async ({ kind }, use) => {
    const options = { checks: true, plainHttp: false, database: createDatabase() };
    const server = await Server.start(options);
    const replica = await Server.start({ ...options, replicaOf: server });
    const proxy = await Proxy.start(kind, [server.host, replica.host], { tls: true });
    server.url = proxy.url;
    await use({ server, replica });
    await replica.stop();
    await server.stop();
    await proxy.stop();
  },

  server: ({ pair }, use) => use(pair.server),

  replica: ({ pair }, use) => use(pair.replica),
});

// Streams of the server that is killed break off.
test.use({ needs: "editor", ignoreHTTPSErrors: true, allowedErrors: /ERR_|502|events/ });

for (const kind of ["nginx", "haproxy"] as const) {
  test.describe(`two servers behind ${kind}`, () => {
    test.use({ kind });

    test("work as one, and one goes on when the other is killed", async ({ page, portolan, replica }) => {
      const registry = await Registry.start();
      await portolan.visit("/image-registries");
      for (const name of ["one", "two", "three", "four"]) await portolan.createRegistries({ name, url: registry.url });
      // Requests go to either server, live results come from both.
      await portolan.createInTheForm({ name: "harbour", url: registry.url });
      await page.getByRole("link", { name: "Image Registries" }).first().click();
      for (const name of ["one", "two", "three", "four", "harbour"]) {
        await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText(/Connected|Failed/);
      }
      await replica.kill();
      for (const name of ["five", "six", "seven", "eight"]) {
        await expect(async () => portolan.createRegistries({ name, url: registry.url })).toPass();
        await portolan.visit("/image-registries");
        await expect(page.getByRole("link", { name, exact: true })).toBeVisible();
      }
      await expect(page.getByRole("row", { name: /eight/ })).toContainText(/Connected|Failed/);
      await registry.stop();
    });

    // As during an upgrade, when the other server has those of another version.
    test("find an asset that only one of them has", async ({ request }) => {
      const server = await Server.start();
      const asked: string[] = [];
      const other = createServer(({ url }, answer) => {
        asked.push(url!);
        answer.statusCode = url === "/healthz" ? 200 : 404;
        answer.end();
      });
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      const { port } = other.address() as AddressInfo;
      const proxy = await Proxy.start(kind, [server.host, `127.0.0.1:${port}`], { tls: true });
      const page = await (await request.get(`${server.url}/login`)).text();
      const asset = page.match(/\/assets\/[^"]+\.css/)![0];
      for (let time = 0; time < 6; time++) {
        expect((await request.get(proxy.url + asset)).status()).toBe(200);
      }
      expect(asked).toContain(asset);
      await proxy.stop();
      other.close();
      await server.stop();
    });
  });
}
