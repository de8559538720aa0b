import { type Page } from "@playwright/test";
import { type Portolan, expect } from "../fixtures/portolan.js";
import { ROBOT, type Registry, withRegistry as test } from "../fixtures/registry.js";

/** Checks of a real registry. */

test.use({ needs: "editor", checks: true });

/** Waits for an update: live with JavaScript, by reloading without. */
async function eventually(
  page: Page,
  javaScriptEnabled: boolean | undefined,
  holds: () => Promise<void>,
): Promise<void> {
  await expect(async () => {
    if (javaScriptEnabled === false) await page.reload();
    await holds();
  }).toPass({ timeout: 20_000 });
}

async function create(page: Page, portolan: Portolan, url: string, password: string): Promise<void> {
  await portolan.visit("/image-registries/create");
  await page.getByLabel("Name").first().fill("harbour");
  await page.getByLabel("URL").fill(url);
  await page.getByLabel("Username").fill(ROBOT.username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("harbour");
}

/** Audits the result, with values masked that differ between runs. */
async function audit(page: Page, portolan: Portolan, name: string, registry: Registry): Promise<void> {
  await page.evaluate((port) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode;
      text.nodeValue = text.nodeValue!.replaceAll(String(port), "5000").replace(/under 1 ms|\d+ ms|\d\.\d s/g, "9 ms");
    }
  }, registry.port);
  await portolan.audit(name);
}

test("a new registry becomes Connected and shows its check steps", async ({
  page,
  portolan,
  registry,
  javaScriptEnabled,
}) => {
  await create(page, portolan, registry.url, ROBOT.password);
  const status = page.getByRole("region", { name: "Status" });
  await eventually(page, javaScriptEnabled, async () => {
    await expect(status).toContainText("Connected Credentials accepted", { timeout: 500 });
    await expect(status.getByRole("listitem")).toHaveCount(4, { timeout: 500 });
  });
  await expect(status.getByRole("listitem").last()).toContainText("Authentication passed");
  await audit(page, portolan, "connected", registry);
  await portolan.expectNoOverflow();
});

test("a wrong password fails at Authentication, with a next step", async ({
  page,
  portolan,
  registry,
  javaScriptEnabled,
}) => {
  await create(page, portolan, registry.url, "wrong");
  const status = page.getByRole("region", { name: "Status" });
  await eventually(page, javaScriptEnabled, async () => {
    await expect(status).toContainText("Failed Username or password rejected", { timeout: 500 });
    await expect(status).toContainText("Check username and password", { timeout: 500 });
  });
  await expect(status.getByRole("listitem").last()).toContainText("Authentication failed");
  await audit(page, portolan, "rejected", registry);
});

test("a registry that goes down is shown as Failed, and as Connected once it is back", async ({
  page,
  portolan,
  registry,
  javaScriptEnabled,
}) => {
  await portolan.createRegistries({ name: "harbour", url: registry.url, ...ROBOT });
  await portolan.visit("/image-registries");
  const row = page.getByRole("row", { name: /harbour/ });
  await eventually(page, javaScriptEnabled, () => expect(row).toContainText("Connected", { timeout: 500 }));
  await registry.down();
  await page.getByRole("button", { name: "Actions for default/harbour" }).click();
  await page.getByRole("button", { name: "Check now" }).last().click();
  await portolan.message("Checking one image registry.");
  await eventually(page, javaScriptEnabled, () =>
    expect(row).toContainText("Failed Connection refused", { timeout: 500 }),
  );
  await registry.up();
  await page.getByLabel("Select default/harbour").check();
  await page.getByRole("form", { name: "Selection" }).getByRole("button", { name: "Check now" }).click();
  await eventually(page, javaScriptEnabled, () => expect(row).toContainText("Connected", { timeout: 500 }));
});

test("an address that is blocked by policy is reported", async ({ page, portolan, javaScriptEnabled }) => {
  await portolan.createRegistries({ name: "metadata", url: "http://169.254.169.254" });
  await portolan.visit("/image-registries/default/metadata");
  await eventually(page, javaScriptEnabled, async () => {
    await expect(page.getByRole("region", { name: "Status" })).toContainText("Blocked by address policy", {
      timeout: 500,
    });
  });
});
