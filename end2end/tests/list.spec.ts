import { expect, test, needs } from "../fixtures/portolan.js";

test("an empty list explains what registries are for", needs("editor"), async ({ page, portolan }) => {
  await portolan.visit("/image-registries");
  await expect(page.getByText("No image registries yet")).toBeVisible();
  await portolan.audit("list-empty");
  await page.getByRole("link", { name: "Create the first" }).click();
  await portolan.heading("Create image registry");
});

test("the list shows every column", async ({ page, portolan }) => {
  await portolan.createRegistries(
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

test("filters are in the URL and can be cleared", async ({ page, portolan }) => {
  await portolan.createWorkspace("team");
  await portolan.createRegistries(
    { name: "one" },
    { name: "two", workspace: "team" },
    { name: "three", url: "https://other.example.com" },
  );
  await portolan.visit("/image-registries");
  await page.getByLabel("Search name, URL and repository").fill("other");
  await page.getByRole("button", { name: "Search" }).click();
  await portolan.expectPath(/q=other/);
  await expect(page.getByRole("row")).toHaveCount(2);

  await page.getByRole("combobox", { name: "Workspace" }).selectOption("team");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("No image registries match “other” in workspace team.")).toBeVisible();
  await portolan.audit("list-no-match");
  await page.getByRole("link", { name: "Clear filters" }).first().click();
  await portolan.expectPath("/image-registries");
  await expect(page.getByRole("row")).toHaveCount(4);

  await page.goBack();
  await expect(page.getByText("No match")).toBeVisible();
  await expect(page.getByLabel("Search name, URL and repository")).toHaveValue("other");
});

test("column headers sort in both directions", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "a", url: "z.example" }, { name: "b", url: "y.example" });
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

test("the list is paged, with a selectable number of rows", async ({ page, portolan }) => {
  for (let index = 10; index < 40; index++) await portolan.createRegistries({ name: `registry-${index}` });
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

test("hidden columns stay hidden", async ({ page, portolan, javaScriptEnabled }) => {
  await portolan.createRegistries({ name: "one" });
  await portolan.visit("/image-registries");
  await expect(page.getByRole("columnheader", { name: "Repository" })).toBeVisible();
  await page.getByRole("button", { name: "Columns" }).click();
  const hidden = page.waitForResponse(/preferences.columns/);
  await page.getByRole("checkbox", { name: "Repository" }).uncheck();
  if (javaScriptEnabled === false) await page.getByRole("button", { name: "Apply" }).click();
  else await expect(page.getByRole("button", { name: "Apply" })).toBeHidden();
  await hidden;
  await expect(page.getByRole("columnheader", { name: "Repository" })).toBeHidden();
  await portolan.visit("/image-registries");
  await expect(page.getByRole("columnheader", { name: "Repository" })).toBeHidden();
  await expect(page.getByRole("columnheader", { name: "Created" })).toBeHidden();
  await page.getByRole("button", { name: "Columns" }).click();
  const kept = page.waitForResponse(/preferences.columns/);
  await page.getByRole("checkbox", { name: "Created" }).check();
  if (javaScriptEnabled === false) await page.getByRole("button", { name: "Apply" }).click();
  await kept;
  await expect(page.getByRole("columnheader", { name: "Created" })).toBeVisible();
});

test("selecting a row does not shift the layout", needs("editor"), async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "one" });
  for (const width of [320, 360, 1280]) {
    await page.setViewportSize({ width, height: 740 });
    await portolan.visit("/image-registries");
    const row = page.getByRole("row").filter({ hasText: "one" });
    const bar = page.getByRole("form", { name: "Selection" });
    const before = await row.boundingBox();
    await row.getByRole("checkbox").check();
    await expect(bar).toBeVisible();
    expect(await row.boundingBox(), `the row at ${width} px`).toEqual(before);
    for (const part of [bar, bar.getByRole("button", { name: "Clear" })]) {
      const box = (await part.boundingBox())!;
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
    }
    await bar.getByRole("button", { name: "Clear" }).click();
    await expect(bar).toBeHidden();
  }
});

test("long values wrap, and on a phone each registry is a block", needs("editor"), async ({ page, portolan }) => {
  const name = "a".repeat(63);
  const repository = Array(4).fill("r".repeat(40)).join("/");
  await portolan.createWorkspace(`w${name.slice(1)}`);
  await portolan.createRegistries(
    { name: "short" },
    {
      name,
      workspace: `w${name.slice(1)}`,
      url: `http://${"u".repeat(60)}.${"v".repeat(60)}.example.com:5000`,
      repository,
      username: "n".repeat(80),
      password: "secret",
    },
  );
  for (const width of [1280, 1440, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    await portolan.visit("/image-registries");
    const hidden = await page.locator(".table-frame").evaluate((frame) => frame.scrollWidth - frame.clientWidth);
    expect(hidden, `what sticks out at ${width} px`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  const row = page.getByRole("row").filter({ hasText: name });
  for (const part of [
    row.getByRole("checkbox"),
    row.getByRole("link", { name }).first(),
    row.locator(".badge"),
    row.locator(".reason"),
    row.locator(".c-url"),
    row.getByRole("button", { name: "Actions" }),
  ]) {
    await expect(part).toBeVisible();
    const box = (await part.boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(360);
  }
  await portolan.expectNoOverflow();
});

test.describe("a list URL with an invalid query", () => {
  test.use({ allowedErrors: /400/ });

  test("names the allowed values", async ({ page, portolan }) => {
    await portolan.visit("/image-registries?sort=password&per_page=7");
    await expect(page.getByRole("alert")).toContainText("10, 25, 50 or 100");
    await portolan.audit("list-bad-address");
  });
});
