import { expect, test } from "../fixtures/portolan.js";

test("the details page shows every field of a registry", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "harbour", repository: "ships", username: "robot$ci", password: "secret" });
  await portolan.visit("/image-registries");
  await page.getByRole("link", { name: "harbour" }).click();
  await portolan.heading("harbour");
  await expect(page).toHaveTitle("harbour · Portolan");
  await expect(page.getByText("docker pull registry.example.com/ships/IMAGE:TAG")).toBeVisible();
  await expect(page.getByText("Set just now")).toBeVisible();
  await expect(page.getByRole("region", { name: "Status" })).toContainText("not checked yet");
  await portolan.audit("details");
  await portolan.expectNoOverflow();
});

test.describe("the page of a registry that does not exist", () => {
  test.use({ allowedErrors: /404/ });

  test("says so with status 404", async ({ page, portolan }) => {
    await portolan.visit("/image-registries/default/nowhere");
    await expect(page.getByRole("alert")).toContainText("There is no image registry of this name");
    await expect(page.getByRole("link", { name: "Go to the image registries" })).toBeVisible();
    await portolan.audit("details-missing");
  });
});
