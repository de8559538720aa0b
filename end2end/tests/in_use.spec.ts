import { expect, needs, test } from "../fixtures/portolan.js";

test.use({ allowedErrors: /409/ });

test(
  "what clients use is changed and deleted once that is confirmed",
  needs("administrator"),
  async ({ page, portolan }) => {
    await portolan.createRegistries({ name: "harbour", username: "robot", password: "secret" });
    const token = await portolan.createReader("node-pool-a");
    const id = await portolan.idOf("default", "harbour");
    await portolan.visit("/image-registries/default/harbour/edit");
    await page.getByLabel("Repository").fill("ships");
    // The page does not know of it yet.
    await portolan.readCredentials(token, "harbour");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert")).toContainText("In use by node-pool-a (1 address, just now).");
    await expect(page.getByLabel("Repository")).toHaveValue("ships");
    await portolan.waitForHydration();
    await portolan.audit("in-use-edit");
    await page.getByLabel("change it all the same").check();
    await page.getByRole("button", { name: "Save" }).click();
    await portolan.message("Saved default/harbour.");
    await expect(page.getByRole("region", { name: "Used by" })).toContainText("node-pool-a");
    // Its history shows times.
    await portolan.expectAccessible(["light", "dark"]);

    await portolan.visit(`/image-registries/delete?id=${id}`);
    await expect(page.getByText("In use by node-pool-a")).toBeVisible();
    await portolan.audit("in-use-delete");
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByRole("alert")).toContainText("In use: default/harbour by node-pool-a");
    await portolan.waitForHydration();
    await page.getByLabel("Delete although it is in use").check();
    await page.getByRole("button", { name: "Delete" }).click();
    await portolan.message("Deleted default/harbour.");
  },
);
