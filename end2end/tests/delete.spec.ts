import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../fixtures/portolan.js";

test.use({ needs: "editor", allowedErrors: /404/ });

/** The confirmation: a dialog with JavaScript, a page without. */
function question(page: Page): Locator {
  return page.getByRole("dialog").or(page.getByRole("main")).last();
}

test("a registry can be deleted from its row, after cancelling once", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one" }, { name: "two" });
  await portolan.visit("/image-registries");
  await page.getByRole("button", { name: "Actions for default/one" }).click();
  await page.getByRole("link", { name: "Delete…" }).click();
  await expect(question(page)).toContainText("one in workspace default https://registry.example.com");
  await expect(question(page)).toContainText("This is permanent.");
  const cancel = question(page)
    .getByRole("button", { name: "Cancel" })
    .or(question(page).getByRole("link", { name: "Cancel" }));
  await expect(cancel).toBeFocused();
  await cancel.click();
  await expect(page.getByRole("row")).toHaveCount(3);

  await page.getByRole("button", { name: "Actions for default/one" }).click();
  await page.getByRole("link", { name: "Delete…" }).click();
  await question(page).getByRole("button", { name: "Delete" }).click();
  await portolan.message("Deleted default/one.");
  await expect(page.getByRole("row")).toHaveCount(2);
});

test("a registry can be deleted from its details page", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one" });
  await portolan.visit("/image-registries/default/one");
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("link", { name: "Delete…" }).click();
  await question(page).getByRole("button", { name: "Delete" }).click();
  await portolan.heading("Image Registries");
  await portolan.message("Deleted default/one.");
  await expect(page.getByText("No image registries yet")).toBeVisible();
});

test("several registries can be deleted from the list", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one" }, { name: "two" }, { name: "three" });
  await portolan.visit("/image-registries");
  await expect(page.getByRole("form", { name: "Selection" })).toBeHidden();
  await page.getByLabel("Select default/one").check();
  await page.getByLabel("Select default/three").check();
  await page.getByRole("form", { name: "Selection" }).getByRole("button", { name: "Delete" }).click();
  await expect(question(page)).toContainText("These 2 image registries will be deleted");
  await question(page).getByRole("button", { name: "Delete" }).click();
  await portolan.message("Deleted 2 image registries.");
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("form", { name: "Selection" })).toBeHidden();
});

test("the delete confirmation works as a page", async ({ page, portolan, server }) => {
  await portolan.createRegistries({ name: "one" });
  const details = await page.request.get(`${server.url}/ui/image-registries/details?workspace=default&name=one`);
  const { id } = await details.json();
  await portolan.visit(`/image-registries/delete?id=${id}&id=0123456789abcdef`);
  await expect(page.getByText("1 of the selected registries no longer exist.")).toBeVisible();
  await portolan.audit("delete");

  await portolan.post("/ui/image-registries/delete", { targets: `${id}:default/one` });
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("alert").or(page.getByText("nothing to delete"))).toBeVisible();
});
