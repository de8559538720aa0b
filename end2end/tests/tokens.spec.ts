import { expect, needs, test } from "../fixtures/portolan.js";

test.use({ allowedErrors: /404|422/ });

test("a token is made, shown once, used, and revoked", needs("administrator"), async ({ page, portolan, request }) => {
  await portolan.visit("/tokens");
  await portolan.audit("tokens-empty");
  await page.getByRole("textbox", { name: "Name" }).fill("node-pool-a");
  await page.getByRole("button", { name: "Create" }).click();
  const shown = page.getByRole("region", { name: "Token node-pool-a" });
  const token = await shown.getByRole("code").innerText();
  expect(token).toMatch(/^portolan_[0-9a-f]{64}_[0-9a-f]{8}$/);

  const workspaces = () =>
    request.get(new URL("/api/v1/workspaces", page.url()).href, { headers: { Authorization: `Bearer ${token}` } });
  expect((await workspaces()).status()).toBe(200);

  await portolan.visit("/tokens");
  await expect(page.getByText(token)).toHaveCount(0);
  await expect(page.getByRole("row", { name: /node-pool-a/ })).toContainText("Viewer in all workspaces");
  await page.getByRole("button", { name: "Revoke node-pool-a" }).click();
  await expect(page.getByText("Revoked the token node-pool-a.")).toBeVisible();
  await expect(page.getByText("There are no tokens yet.")).toBeVisible();
  expect((await workspaces()).status()).toBe(401);
});

test("what a token cannot be is said beside the fields, and nothing is lost", async ({ page, portolan }) => {
  await portolan.visit("/tokens");
  await page.getByRole("textbox", { name: "Name" }).fill(" ci");
  await page.getByRole("textbox", { name: "Valid for days" }).fill("1000");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("alert")).toContainText("Remove the spaces before or after the name");
  await expect(page.getByRole("alert")).toContainText("Enter a number of days from 1 to 366.");
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue(" ci");
});

test("the API and the guides have pages without scripts", async ({ page, portolan }) => {
  await page.goto(`${portolan.server.url}/api`);
  await expect(page.getByRole("heading", { level: 1, name: "API" })).toBeVisible();
  await page.getByText("/api/v1/workspaces/{workspace}/image_registries/{name}/check").click();
  await expect(page.getByText("Schedules an immediate check.")).toBeVisible();
  await portolan.audit("api");
  await page.goto(`${portolan.server.url}/guides/temporary-registry`);
  await expect(page.getByRole("heading", { level: 1, name: "A temporary registry" })).toBeVisible();
  await portolan.audit("guide");
  await page.goto(`${portolan.server.url}/guides/none`);
  await expect(page.getByText("There is no page at this address.")).toBeVisible();
});
