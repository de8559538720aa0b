import { expect, test } from "../fixtures/portolan.js";

test("an empty list says what a registry is for", async ({ page, portolan }) => {
  await portolan.visit("/image-registries");
  await expect(page.getByText("No image registries yet")).toBeVisible();
  await portolan.audit("list-empty");
  await page.getByRole("link", { name: "Create the first" }).click();
  await portolan.heading("Create image registry");
});

test("the list shows what there is to know", async ({ page, portolan }) => {
  await portolan.given(
    { name: "hub", url: "docker.io" },
    { name: "harbour", repository: "ships", username: "robot$ci", password: "secret" },
  );
  await portolan.visit("/image-registries");
  const row = page.getByRole("row", { name: /harbour/ });
  await expect(row).toContainText("https://registry.example.com");
  await expect(row).toContainText("ships");
  await expect(row).toContainText("robot$ci");
  await expect(row).toContainText("Pending not checked yet");
  await expect(page.getByRole("row", { name: /hub/ })).toContainText("anonymous");
  await portolan.audit("list");
  await portolan.expectNoOverflow();
});

test("filters stand in the address and can be cleared", async ({ page, portolan }) => {
  await portolan.givenWorkspace("team");
  await portolan.given({ name: "one" }, { name: "two", workspace: "team" }, { name: "three", url: "https://other.example.com" });
  await portolan.visit("/image-registries");
  await page.getByLabel("Search name, URL and repository").fill("other");
  await page.getByRole("button", { name: "Search" }).click();
  await portolan.expectPath(/q=other/);
  await expect(page.getByRole("row")).toHaveCount(2);

  await page.getByRole("combobox", { name: "Workspace" }).selectOption("team");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("“other” in name, URL or repository and workspace team")).toBeVisible();
  await portolan.audit("list-no-match");
  await page.getByRole("link", { name: "Clear filters" }).first().click();
  await portolan.expectPath("/image-registries");
  await expect(page.getByRole("row")).toHaveCount(4);

  await page.goBack();
  await expect(page.getByText("No match")).toBeVisible();
  await expect(page.getByLabel("Search name, URL and repository")).toHaveValue("other");
});

test("column heads sort, both ways", async ({ page, portolan }) => {
  await portolan.given({ name: "a", url: "z.example" }, { name: "b", url: "y.example" });
  await portolan.visit("/image-registries");
  const first = page.getByRole("row").nth(1);
  await expect(page.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "ascending");
  await page.getByRole("link", { name: "URL" }).click();
  await expect(first).toContainText("y.example");
  await page.getByRole("link", { name: "URL" }).click();
  await expect(first).toContainText("z.example");
  await expect(page.getByRole("columnheader", { name: "URL" })).toHaveAttribute("aria-sort", "descending");
  await portolan.expectPath("/image-registries?sort=-url");
});

test("pages turn, and the number of rows is a choice", async ({ page, portolan }) => {
  for (let index = 10; index < 40; index++) await portolan.given({ name: `registry-${index}` });
  await portolan.visit("/image-registries");
  await expect(page.getByText("1–25 of 30")).toBeVisible();
  await page.getByRole("link", { name: "Next page" }).click();
  await expect(page.getByText("26–30 of 30")).toBeVisible();
  await portolan.expectPath("/image-registries?page=2");
  await page.getByRole("navigation", { name: "Rows on a page" }).getByRole("link", { name: "10", exact: true }).click();
  await expect(page.getByText("1–10 of 30")).toBeVisible();
  await page.getByRole("link", { name: "Last page" }).click();
  await expect(page.getByText("21–30 of 30")).toBeVisible();
  await portolan.visit("/image-registries?page=999999");
  await expect(page.getByText("26–30 of 30")).toBeVisible();
});

test("columns can be hidden, and stay so", async ({ page, portolan }) => {
  await portolan.given({ name: "one" });
  await portolan.visit("/image-registries");
  await expect(page.getByRole("columnheader", { name: "Repository" })).toBeVisible();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Repository" }).uncheck();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("columnheader", { name: "Repository" })).toBeHidden();
  await portolan.visit("/image-registries");
  await expect(page.getByRole("columnheader", { name: "Repository" })).toBeHidden();
  await expect(page.getByRole("columnheader", { name: "Created" })).toBeVisible();
});

test.describe("an address that is not understood", () => {
  test.use({ allowedErrors: /400/ });

  test("says what is allowed", async ({ page, portolan }) => {
    await portolan.visit("/image-registries?sort=password&per_page=7");
    await expect(page.getByRole("alert")).toContainText("10, 25, 50 or 100");
    await portolan.audit("list-bad-address");
  });
});
