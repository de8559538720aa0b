import { PERSON, expect, test } from "../fixtures/portolan.js";

test.use({ needs: "editor", allowedErrors: /409|422|401/ });

test("an image registry can be created with all fields", async ({ page, portolan }) => {
  await portolan.createWorkspace("team");
  await portolan.visit("/image-registries");
  await page.getByRole("link", { name: "Create", exact: true }).click();
  await portolan.heading("Create image registry");
  await portolan.audit("create");

  await page.getByLabel("Name", { exact: false }).first().fill("harbour");
  await page.getByLabel("Workspace").selectOption("team");
  await page.getByLabel("URL").fill("HTTPS://Registry.Example.com:5000/v2/");
  await page.getByLabel("Repository").fill("/ships/");
  await page.getByLabel("Username").fill("robot$ci");
  await page.getByLabel("Password").fill("p:a ss\"word'");
  await page.getByRole("button", { name: "Save" }).click();

  await portolan.heading("harbour");
  await portolan.expectPath("/image-registries/team/harbour");
  await portolan.message("Created team/harbour.");
  await expect(page.getByText("registry.example.com:5000/ships", { exact: true })).toBeVisible();
  await expect(page.getByText("robot$ci", { exact: true })).toBeVisible();
});

test("all field errors are shown at once, and the entered values are kept", async ({ page, portolan }) => {
  await portolan.createRegistries({ name: "taken" });
  await portolan.visit("/image-registries/create");
  await page.getByLabel("Name", { exact: false }).first().fill("Not A Name");
  await page.getByLabel("URL").fill("https://user:pw@registry.example.com");
  await page.getByLabel("Repository").fill("Team");
  await page.getByLabel("Username").fill("someone");
  await page.getByRole("button", { name: "Save" }).click();

  const summary = page.getByRole("alert");
  await expect(summary).toBeFocused();
  await expect(summary).toContainText("4 fields need your attention.");
  await expect(page.getByLabel("URL")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("URL")).toHaveAccessibleDescription(/leave https:\/\/registry.example.com here/);
  await expect(page.getByLabel("URL")).toHaveValue("https://user:pw@registry.example.com");
  await expect(page.getByLabel("Username")).toHaveValue("someone");
  await portolan.waitForHydration();
  await portolan.expectPath(/^(\/image-registries\/create|\/ui\/image-registries\/create)$/);
  await portolan.audit("create-refused");

  await summary.getByRole("link", { name: /Put the username and password/ }).click();
  await expect(page.getByLabel("URL")).toBeFocused();

  await page.getByLabel("Name", { exact: false }).first().fill("taken");
  await page.getByLabel("URL").fill("registry.example.com");
  await page.getByLabel("Repository").fill("team");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("taken already exists in workspace default");
  await page.getByLabel("Name", { exact: false }).first().fill("free");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("free");
});

test("a form sent after the session has expired loses nothing", async ({
  page,
  portolan,
  context,
  javaScriptEnabled,
}) => {
  await portolan.visit("/image-registries/create");
  await page.getByLabel("Name", { exact: false }).first().fill("late");
  await page.getByLabel("URL").fill("registry.example.com");
  await page.getByLabel("Username").fill("someone");
  await page.getByLabel("Password").fill("secret");
  await context.clearCookies();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("Your session has ended. Nothing was changed.");
  await portolan.audit("signed-out");
  const [tab] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("link", { name: "Log in in another tab" }).click(),
  ]);
  await tab.getByLabel("Username").fill(PERSON.name);
  await tab.getByLabel("Password").fill(PERSON.password);
  await tab.getByRole("button", { name: "Log in" }).click();
  await expect(tab.getByRole("heading", { level: 1, name: "Image Registries" })).toBeVisible();
  if (javaScriptEnabled === false) await page.reload();
  else await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("late");
  await expect(page.getByText("someone", { exact: true })).toBeVisible();
});

test("a multi-line password has its own field", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  await page.getByLabel("Name").first().fill("google");
  await page.getByLabel("URL").fill("https://europe-docker.pkg.dev");
  await page.getByLabel("Username").fill("_json_key");
  await page.getByText("Use a multi-line secret").click();
  await page.getByLabel("Multi-line secret").fill('{\n  "type": "service_account"\n}');
  await page.getByRole("button", { name: "Save" }).click();
  await portolan.heading("google");
  await expect(page.getByText("_json_key", { exact: true })).toBeVisible();
});

test("cancelling the create form creates nothing", async ({ page, portolan }) => {
  await portolan.visit("/image-registries/create");
  await page.getByRole("link", { name: "Cancel" }).click();
  await portolan.heading("Image Registries");
  await expect(page.getByText("No image registries yet")).toBeVisible();
});
