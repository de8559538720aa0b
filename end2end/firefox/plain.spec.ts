import { expect, optional, test } from "./firefox.js";

/** With JavaScript off. */

test.use({ script: false });

test.afterEach(async ({ tab }) => {
  expect(await tab.page.$("html[data-hydrated]")).toBeNull();
});

test.describe("before the set-up", () => {
  test.use({ signedIn: false });

  test("without JavaScript, the first administrator is created and can log in", async ({ tab }) => {
    await tab.setUp();
    await tab.click("button", "Log out");
    await tab.heading("Log in");
    await tab.logIn();
    await tab.heading("Image Registries");
  });
});

test("without JavaScript, a registry can be created and deleted", async ({ tab }) => {
  await tab.visit("/image-registries");
  await tab.click("link", "Create the first");
  await tab.heading("Create image registry");
  await tab.fill("textbox", "Name", "Not A Name");
  await tab.fill("textbox", "URL", "registry.example.com");
  await tab.fill("textbox", optional("Repository"), "ships");
  await tab.click("button", "Save");
  await tab.expectFocus("alert");
  await tab.expectText("alert", undefined, "One field needs your attention.");
  await tab.expectValue("textbox", optional("Repository"), "ships");
  await tab.fill("textbox", "Name", "harbour");
  await tab.click("button", "Save");
  await tab.heading("harbour");
  await tab.message("Created default/harbour.");
  await tab.expectText("region", "Image Registry", "registry.example.com/ships");

  await tab.visit("/image-registries");
  await tab.expectRows("harbour");
  await tab.click("button", "Actions for default/harbour");
  await tab.click("link", "Delete…");
  await tab.heading("Delete image registries");
  await tab.expectText("main", undefined, "harbour in workspace default");
  await tab.click("button", "Delete");
  await tab.message("Deleted default/harbour.");
  await tab.heading("Image Registries");
  expect(await tab.all("rowheader")).toHaveLength(0);
});
