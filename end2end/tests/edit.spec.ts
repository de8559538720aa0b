import { expect, test } from "../fixtures/portolan.js";

test.use({ needs: "editor", allowedErrors: /422|409|404/ });

test.beforeEach(async ({ portolan }) => {
  await portolan.createRegistries({ name: "harbour", repository: "ships", username: "robot$ci", password: "secret" });
});

test("the repository can be changed without entering the password", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/default/harbour");
  await page.getByRole("link", { name: "Edit" }).click();
  await portolan.heading("Edit harbour");
  await expect(page.getByLabel("URL")).toHaveValue("https://registry.example.com");
  await expect(page.getByLabel("Password")).toHaveValue("");
  await expect(page.getByText("Leave empty to keep the stored password.")).toBeVisible();
  await portolan.audit("edit");

  await page.getByLabel("Repository").fill("boats");
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("harbour");
  await portolan.message("Saved default/harbour.");
  await expect(page.getByText("registry.example.com/boats", { exact: true })).toBeVisible();
  await expect(page.getByText("robot$ci", { exact: true })).toBeVisible();
});

test("T6: a new URL requires the password again", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/default/harbour/edit");
  await page.getByLabel("URL").fill("https://elsewhere.example.com");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText(
    "The stored password was entered for https://registry.example.com",
  );
  await expect(page.getByLabel("URL")).toHaveValue("https://elsewhere.example.com");
  await portolan.waitForHydration();
  await portolan.audit("edit-refused");
  await page.getByLabel("Password").fill("another");
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.message("Saved default/harbour.");
});

test("stored credentials can be removed", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/default/harbour/edit");
  await page.getByLabel("Remove the stored credentials").check();
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("harbour");
  await expect(page.getByText("None: images are pulled anonymously")).toBeVisible();
});

test("R6: a concurrent edit is not overwritten", async ({ page, portolan, server }) => {
  await portolan.visit("/image-registries/default/harbour/edit");
  await page.getByLabel("Repository").fill("mine");

  const details = await page.request.get(`${server.url}/ui/image-registries/details?workspace=default&name=harbour`);
  const { id, version } = await details.json();
  await portolan.post("/ui/image-registries/update", {
    registry: id,
    based_on: String(version),
    url: "https://registry.example.com",
    repository: "theirs",
    username: "robot$ci",
  });

  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("Nothing was overwritten");
  const theirs = page.getByRole("region", { name: "Stored now" });
  await expect(theirs).toContainText("theirs");
  await expect(page.getByLabel("Repository")).toHaveValue("mine");
  await portolan.waitForHydration();
  await portolan.audit("edit-stale");

  await page.getByRole("button", { name: "Save" }).click();
  await portolan.message("Saved default/harbour.");
  await expect(page.getByText("registry.example.com/mine", { exact: true })).toBeVisible();
});

test("cancelling the edit form changes nothing", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/default/harbour/edit");
  await page.getByRole("link", { name: "Cancel" }).click();
  await portolan.heading("harbour");
  await expect(page.getByText("registry.example.com/ships", { exact: true })).toBeVisible();
});
