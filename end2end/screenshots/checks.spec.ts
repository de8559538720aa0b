import { expect, test } from "../fixtures/portolan.js";
import { ROBOT, Registry } from "../fixtures/registry.js";
import { shoot } from "./shoot.js";

test.use({ checks: true });

test("pictures of checks", async ({ page, portolan }) => {
  test.setTimeout(120_000);
  const registry = await Registry.start();
  await portolan.given(
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
