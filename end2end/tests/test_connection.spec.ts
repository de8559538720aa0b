import { type Page } from "@playwright/test";
import { type Portolan, expect, test as base } from "../fixtures/portolan.js";
import { ROBOT, Registry } from "../fixtures/registry.js";

/** Connection tests of unsaved forms, against a real registry with a self-signed certificate. */

const test = base.extend<{ registry: Registry }>({
  registry: async ({}, use) => {
    const registry = await Registry.start(true);
    await use(registry);
    await registry.stop();
  },
});

test.use({ needs: "editor", checks: true, allowedErrors: /422/ });

async function fill(page: Page, url: string): Promise<void> {
  await page.getByLabel("URL").fill(url);
  await page.getByLabel("Username").fill(ROBOT.username);
  await page.getByLabel("Password").fill(ROBOT.password);
}

async function testConnection(page: Page, portolan: Portolan): Promise<void> {
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByRole("region", { name: "Connection test" })).toBeVisible({ timeout: 20_000 });
  await portolan.waitForHydration();
}

/** Audits the page with values masked that differ between runs. The fields have to be filled in again afterwards. */
async function audit(page: Page, portolan: Portolan, name: string, registry: Registry): Promise<void> {
  await page.evaluate((port) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode;
      text.nodeValue = text
        .nodeValue!.replaceAll(String(port), "5000")
        .replace(/under 1 ms|\d+ ms|\d\.\d s/g, "9 ms")
        .replace(/([0-9A-F]{2}:){31}[0-9A-F]{2}/, "AA:BB:CC")
        .replace(/\d{4}-\d{2}-\d{2}/, "2031-05-04");
    }
    for (const field of document.querySelectorAll<HTMLInputElement>("#url"))
      field.value = field.value.replaceAll(String(port), "5000");
    for (const field of document.querySelectorAll<HTMLTextAreaElement>("#ca_certificates"))
      if (field.value) field.value = "PEM";
  }, registry.port);
  await portolan.audit(name);
}

test("a failing connection test can be fixed before saving", async ({ page, portolan, registry }) => {
  await portolan.visit("/image-registries/create");
  await fill(page, registry.url);
  await testConnection(page, portolan);
  const result = page.getByRole("region", { name: "Connection test" });
  await expect(result).toContainText("Failed Certificate signed by an unknown authority");
  await expect(result).toContainText("add its certificate in the form, under Advanced");
  await expect(result.getByRole("listitem").last()).toContainText("Encryption failed");
  await expect(result).toContainText("Nothing was saved.");
  await audit(page, portolan, "test-failed", registry);

  await fill(page, registry.url);
  await page.getByText("Advanced", { exact: true }).click();
  await page.getByRole("textbox", { name: "CA certificate" }).fill(registry.certificate);
  await testConnection(page, portolan);
  await expect(result).toContainText("Connected Credentials accepted");
  await expect(page.getByRole("textbox", { name: "CA certificate" })).toHaveValue(/^-----BEGIN CERTIFICATE-----/);
  await audit(page, portolan, "test-passed", registry);
  await portolan.expectNoOverflow();

  await fill(page, registry.url);
  await page.getByRole("textbox", { name: "CA certificate" }).fill(registry.certificate);
  await page.getByLabel("Name").first().fill("harbour");
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("harbour");
  const trust = page.getByRole("region", { name: "Trust" });
  await expect(trust).toContainText("CN=Harbour Registry");
  await expect(trust).toContainText("The nodes of your clusters must trust this registry, too");
  await page.getByRole("link", { name: "Image Registries" }).first().click();
  await expect(page.getByRole("row", { name: /harbour/ })).toContainText("own CA");
});

test("a connection test uses the stored password if saving would keep it", async ({ page, portolan, registry }) => {
  await portolan.createRegistries({
    name: "harbour",
    url: registry.url,
    ...ROBOT,
    ca_certificates: registry.certificate,
  });
  await portolan.visit("/image-registries/default/harbour/edit");
  await expect(page.getByRole("list", { name: "Stored CA certificates" })).toContainText("CN=Harbour Registry");
  await testConnection(page, portolan);
  await expect(page.getByRole("region", { name: "Connection test" })).toContainText("Connected Credentials accepted");
  await audit(page, portolan, "edit-tested", registry);

  await page.getByLabel("URL").fill(registry.url);
  await page.getByRole("textbox", { name: "CA certificate" }).fill("");
  await page.getByLabel("Skip TLS verification").check();
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByRole("alert")).toContainText("The trust settings under Advanced have changed.");
  await portolan.waitForHydration();
  await page.getByLabel("Password").fill(ROBOT.password);
  await testConnection(page, portolan);
  await expect(page.getByRole("region", { name: "Connection test" })).toContainText("Connected Credentials accepted");
  await expect(page.getByText("Without verification, anyone on the network path")).toBeVisible();
});

test("a private key is rejected and neither stored nor shown", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  await page.getByLabel("Name").first().fill("harbour");
  await page.getByLabel("URL").fill("https://registry.example.com");
  await page.getByText("Advanced", { exact: true }).click();
  await page
    .getByRole("textbox", { name: "CA certificate" })
    .fill("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("This contains a private key.");
  await portolan.waitForHydration();
  await page.getByRole("alert").getByRole("link").click();
  await expect(page.getByRole("textbox", { name: "CA certificate" })).toBeFocused();
  expect(await page.content()).not.toContain("BEGIN PRIVATE KEY");
});
