import { mkdirSync } from "node:fs";
import { expect, test } from "../fixtures/portolan.js";
import { ROBOT, Registry } from "../fixtures/registry.js";

const FOLDER = process.env.PORTOLAN_PICTURES ?? "../docs/screenshots";
const WIDTHS = (process.env.PORTOLAN_WIDTHS ?? "1440").split(",").map(Number);

test.use({ checks: true });

test("pictures of checks", async ({ page, portolan }) => {
  test.setTimeout(120_000);
  mkdirSync(FOLDER, { recursive: true });
  const registry = await Registry.start();
  const shoot = async (name: string) => {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width < 500 ? 1200 : 900 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        const suffix = WIDTHS.length > 1 ? `-${width}` : "";
        await page.screenshot({ path: `${FOLDER}/${name}-${colorScheme}${suffix}.png` });
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  };
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
    await shoot(`details-${name}`);
  }
  await portolan.visit("/image-registries");
  await page.getByRole("button", { name: "Actions for default/lab" }).click();
  await shoot("list-checked");
  await registry.stop();
});
