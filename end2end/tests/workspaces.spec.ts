import { expect, test } from "../fixtures/portolan.js";

test.use({ needs: "administrator", allowedErrors: /422|409/ });

test("a workspace can be created, filled, emptied and deleted", async ({ page, portolan }) => {
  await portolan.visit("/workspaces");
  await portolan.heading("Workspaces");
  await portolan.audit("workspaces");
  await page.getByLabel("Name").fill("default");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("alert")).toContainText("A workspace default already exists.");
  await portolan.waitForHydration();
  await page.getByLabel("Name").fill("team");
  await page.getByRole("button", { name: "Create" }).click();
  await portolan.heading("team");
  await portolan.message("Created workspace team.");

  await portolan.createRegistries({ name: "harbour", workspace: "team" });
  await portolan.visit("/workspaces/team");
  await expect(page.getByRole("main").getByRole("link", { name: "harbour" })).toBeVisible();
  await portolan.audit("workspace");
  await page.getByRole("link", { name: "Delete…" }).click();
  await expect(page.getByText("team still owns 1 image registry.")).toBeVisible();
  await portolan.audit("workspace-delete-refused");

  await page.getByRole("link", { name: "Show them" }).click();
  await page.getByRole("button", { name: "Actions for team/harbour" }).click();
  await page.getByRole("link", { name: "Delete…" }).click();
  await page.getByRole("dialog").or(page.getByRole("main")).last().getByRole("button", { name: "Delete" }).click();
  await portolan.message("Deleted team/harbour.");

  await portolan.visit("/workspaces/team/delete");
  await portolan.audit("workspace-delete");
  await page.getByRole("button", { name: "Delete" }).click();
  await portolan.heading("Workspaces");
  await portolan.message("Deleted workspace team.");
});

test("on a phone each workspace is shown as a block", async ({ page, portolan }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await portolan.createRegistries({ name: "one" }, { name: "two" });
  await portolan.visit("/workspaces");
  const cells = page.getByRole("row").filter({ hasText: "default" }).getByRole("cell");
  for (const cell of await cells.all()) expect((await cell.boundingBox())!.height).toBeLessThan(30);
  await expect(cells).toHaveCount(2);
  await portolan.expectNoOverflow();
});

test("the default workspace cannot be deleted", async ({ page, portolan }) => {
  await portolan.visit("/workspaces/default");
  await expect(page.getByRole("link", { name: "Delete…" })).toHaveCount(0);
});
