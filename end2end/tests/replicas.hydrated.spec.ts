import { expect, test as base } from "../fixtures/portolan.js";
import { createDatabase } from "../fixtures/postgres.js";
import { Proxy } from "../fixtures/proxy.js";
import { Registry } from "../fixtures/registry.js";
import { Server } from "../fixtures/server.js";

/** Two servers on one PostgreSQL database, with the configurations of docs/proxies. */

const test = base.extend<{ kind: "nginx" | "haproxy"; replica: Server }>({
  kind: ["nginx", { option: true }],

  /** The first server, at the URL of the proxy. */
  server: async ({ kind }, use) => {
    const database = createDatabase();
    const server = await Server.start({ checks: true, plainHttp: false, database });
    replica = await Server.start({ checks: true, plainHttp: false, database, replicaOf: server });
    const proxy = await Proxy.start(kind, [server.host, replica.host], { tls: true });
    server.url = proxy.url;
    await use(server);
    await server.stop();
    await proxy.stop();
  },

  replica: async ({ server: _ }, use) => {
    await use(replica!);
  },
});

let replica: Server | undefined;

// Streams of the server that is killed break off.
test.use({ ignoreHTTPSErrors: true, allowedErrors: /ERR_|502|events/ });

for (const kind of ["nginx", "haproxy"] as const) {
  test.describe(`two servers behind ${kind}`, () => {
    test.use({ kind });

    test("work as one, and one goes on when the other is killed", async ({ page, portolan, replica }) => {
      const registry = await Registry.start();
      await portolan.visit("/image-registries");
      for (const name of ["one", "two", "three", "four"]) await portolan.createRegistries({ name, url: registry.url });
      // Requests go to either server, live results come from both.
      await page.getByRole("link", { name: "Create", exact: true }).first().click();
      await page.getByLabel("Name").first().fill("harbour");
      await page.getByLabel("URL").fill(registry.url);
      await page.getByRole("button", { name: "Save" }).click();
      await portolan.heading("harbour");
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
  });
}
