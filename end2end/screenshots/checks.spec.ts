import { expect, test } from "../fixtures/portolan.js";
import { ROBOT, Registry } from "../fixtures/registry.js";
import { shoot } from "./shoot.js";

test.use({ checks: true });

test("screenshots of a connection test", async ({ page, portolan }) => {
  test.setTimeout(120_000);
  const registry = await Registry.start(true);
  await portolan.visit("/image-registries/create");
  await page.getByLabel("Name").first().fill("harbor");
  await page.getByLabel("URL").fill(registry.url);
  await page.getByLabel("Username").fill(ROBOT.username);
  await page.getByLabel("Password").fill(ROBOT.password);
  await page.getByRole("button", { name: "Test connection" }).click();
  const result = page.getByRole("region", { name: "Connection test" });
  await expect(result).toContainText("unknown authority");
  await result.scrollIntoViewIfNeeded();
  await shoot(page, "test-failed");
  await page.getByText("Advanced", { exact: true }).click();
  await page.getByRole("textbox", { name: "CA certificate" }).fill(registry.certificate);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(result).toContainText("Credentials accepted");
  await result.scrollIntoViewIfNeeded();
  await shoot(page, "test-passed");
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("harbor");
  await expect(page.getByRole("region", { name: "Status" })).toContainText("Connected");
  await page.getByRole("region", { name: "Trust" }).scrollIntoViewIfNeeded();
  await shoot(page, "details-trust");
  await portolan.createRegistries(
    { name: "lab", url: "http://127.0.0.1:9", ...ROBOT },
    { name: "staging", url: registry.url, skip_verification: "yes", ...ROBOT },
  );
  await portolan.visit("/image-registries");
  await shoot(page, "list-flags");
  await portolan.visit("/image-registries/default/harbor/edit");
  await page.getByText("Advanced", { exact: true }).scrollIntoViewIfNeeded();
  await shoot(page, "edit-advanced");
  await portolan.visit("/image-registries/default/staging");
  await shoot(page, "details-caution");
  await registry.stop();
});

test("screenshots of checks", async ({ page, portolan }) => {
  test.setTimeout(120_000);
  const registry = await Registry.start();
  await portolan.createRegistries(
    { name: "harbor", url: registry.url, repository: "ships/hull", ...ROBOT },
    { name: "harbor-staging", url: registry.url, username: ROBOT.username, password: "wrong" },
    { name: "lab", url: "http://127.0.0.1:9" },
    { name: "metadata", url: "http://169.254.169.254" },
    { name: "mirror", url: registry.url },
  );
  for (const name of ["harbor", "harbor-staging", "lab", "metadata"]) {
    await portolan.visit(`/image-registries/default/${name}`);
    await expect(page.getByRole("region", { name: "Status" })).toContainText(/Connected |Failed /);
    await expect(page.getByRole("region", { name: "Status" })).not.toContainText("checking");
    await shoot(page, `details-${name}`);
  }
  await portolan.visit("/image-registries");
  await page.getByRole("button", { name: "Actions for default/lab" }).click();
  await shoot(page, "list-checked");
  await registry.stop();
});
