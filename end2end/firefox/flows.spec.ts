import { expect, optional, test } from "./firefox.js";
import { ROBOT } from "../fixtures/registry.js";

/** What people do most, hydrated. */

test.describe("before the set-up", () => {
  test.use({ signedIn: false });

  test("the first administrator is created and can log in", async ({ tab }) => {
    await tab.setUp();
    await tab.click("button", "Log out");
    await tab.heading("Log in");
    await tab.logIn();
    await tab.heading("Image Registries");
    await tab.expectPath("/image-registries");
  });
});

test.describe("with checks", () => {
  test.use({ checks: true });

  test("a registry is created, shown, and becomes Connected", async ({ tab, registry }) => {
    await tab.visit("/image-registries");
    await tab.click("link", "Create");
    await tab.heading("Create image registry");
    await tab.fill("textbox", "Name", "harbour");
    await tab.fill("textbox", "URL", registry.url);
    await tab.fill("textbox", optional("Username"), ROBOT.username);
    await tab.fill("password", optional("Password"), ROBOT.password);
    await tab.click("button", "Save");
    await tab.heading("harbour");
    await tab.expectPath("/image-registries/default/harbour");
    await tab.message("Created default/harbour.");
    await tab.expectText("region", "Image Registry", registry.url);
    await tab.expectText("region", "Authentication", ROBOT.username);
    // Arrives with an event.
    await tab.expectText("region", "Status", "Connected Credentials accepted");
  });
});

test("all field errors are shown at once, and the summary has the focus", async ({ tab }) => {
  await tab.visit("/image-registries/create");
  await tab.fill("textbox", "Name", "Not A Name");
  await tab.fill("textbox", "URL", "https://user:pw@registry.example.com");
  await tab.fill("textbox", optional("Repository"), "Team");
  await tab.fill("textbox", optional("Username"), "someone");
  await tab.click("button", "Save");
  await tab.expectFocus("alert");
  await tab.expectText("alert", undefined, "4 fields need your attention.");
  await tab.expectAttribute("textbox", "URL", "aria-invalid", "true");
  await tab.expectValue("textbox", "URL", "https://user:pw@registry.example.com");
  await tab.click("link", "Repository: Image references are lower case: use team instead.");
  await tab.expectFocus("textbox", optional("Repository"));
  await tab.expectPath("/image-registries/create");
});

test("a registry can be edited", async ({ tab }) => {
  await tab.createRegistries({ name: "harbour", repository: "ships", username: "robot$ci", password: "secret" });
  await tab.visit("/image-registries/default/harbour");
  await tab.click("link", "Edit");
  await tab.heading("Edit harbour");
  await tab.expectValue("textbox", "URL", "https://registry.example.com");
  await tab.expectValue("password", optional("Password"), "");
  await tab.fill("textbox", optional("Repository"), "boats");
  await tab.click("button", "Save");
  await tab.heading("harbour");
  await tab.message("Saved default/harbour.");
  await tab.expectText("region", "Image Registry", "registry.example.com/boats");
  await tab.expectText("region", "Authentication", "robot$ci");
});

test("the list can be searched, sorted and paged", async ({ tab }) => {
  const names = Array.from({ length: 12 }, (_, index) => `registry-${10 + index}`);
  for (const [index, name] of names.entries()) {
    await tab.createRegistries({ name, url: `${index % 2 ? "even" : "odd"}-${50 - index}.example.com` });
  }
  await tab.visit("/image-registries");
  await tab.expectRows(...names);
  await tab.expectAttribute("columnheader", "Name", "aria-sort", "ascending");
  await tab.click("link", "Name");
  await tab.expectPath("/image-registries?sort=-name");
  await tab.expectRows(...[...names].reverse());
  await tab.expectAttribute("columnheader", "Name", "aria-sort", "descending");

  await tab.fill("searchbox", "Search name, URL and repository", "odd");
  await tab.page.keyboard.press("Enter");
  await tab.expectPath(/[?&]q=odd/);
  await tab.expectRows(...names.filter((_, index) => index % 2 === 0).reverse());
  await tab.click("link", "Clear filters");
  await tab.expectPath("/image-registries");
  await tab.expectRows(...names);

  await tab.visit("/image-registries?per_page=10");
  await tab.expectRows(...names.slice(0, 10));
  await tab.expectAttribute("link", "10", "aria-current", "true");
  await tab.click("link", "Next page");
  await tab.expectRows(...names.slice(10));
  await tab.expectText("navigation", "Pages", "11–12 of 12");
});

test("two selected registries can be deleted in the dialog", async ({ tab }) => {
  await tab.createRegistries({ name: "one" }, { name: "three" }, { name: "two" });
  await tab.visit("/image-registries");
  await tab.click("checkbox", "Select default/one");
  await tab.click("checkbox", "Select default/three");
  await tab.expectText("form", "Selection", "2 selected");
  await tab.click("button", "Delete");
  await tab.expectText("dialog", undefined, "These 2 image registries will be deleted");
  await tab.expectFocus("button", "Cancel");
  // The only button of this name: the page beneath the dialog is inert.
  await tab.click("button", "Delete");
  await tab.message("Deleted 2 image registries.");
  await tab.expectRows("two");
  expect(await tab.all("dialog")).toHaveLength(0);
  expect(await tab.all("form", "Selection")).toHaveLength(0);
});

test("a workspace can be created and deleted", async ({ tab }) => {
  await tab.visit("/workspaces");
  await tab.fill("textbox", "Name", "team");
  await tab.click("button", "Create");
  await tab.heading("team");
  await tab.expectPath("/workspaces/team");
  await tab.message("Created workspace team.");
  await tab.click("link", "Delete…");
  await tab.expectPath("/workspaces/team/delete");
  await tab.click("button", "Delete");
  await tab.heading("Workspaces");
  await tab.message("Deleted workspace team.");
  await tab.expectRows("default");
});

test("following links, going back and going forward load no page", async ({ tab }) => {
  const { page } = tab;
  await tab.createRegistries({ name: "one" });
  await tab.visit("/image-registries?sort=-name");
  await page.evaluate(() => Object.assign(window, { __stays: true }));
  await tab.click("link", "one");
  await tab.expectFocus("heading", "one");
  await tab.expectPath("/image-registries/default/one");
  await page.evaluate(() => history.back());
  await tab.heading("Image Registries");
  await tab.expectPath("/image-registries?sort=-name");
  await tab.expectRows("one");
  await page.evaluate(() => history.forward());
  await tab.heading("one");
  await tab.expectPath("/image-registries/default/one");
  expect(await page.title()).toBe("one · Portolan");
  expect(await page.evaluate(() => "__stays" in window)).toBe(true);
});

test("a chosen theme is applied at once and survives a reload", async ({ tab }) => {
  const { page } = tab;
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const choose = async (name: string) => {
    const stored = page.waitForResponse((answer) => answer.url().endsWith("/ui/preferences/theme"));
    await tab.click("button", name);
    await tab.expectAttribute("button", name, "aria-pressed", "true");
    await stored;
    return colour();
  };
  await tab.visit("/account");
  const light = await choose("Light theme");
  const dark = await choose("Dark theme");
  expect(dark).not.toBe(light);
  await tab.visit("/account");
  await tab.expectAttribute("button", "Dark theme", "aria-pressed", "true");
  expect(await colour()).toBe(dark);
});

test("logging out ends the session", async ({ tab }) => {
  await tab.visit("/workspaces");
  await tab.heading("Workspaces");
  await tab.click("button", "Log out");
  await tab.heading("Log in");
  await tab.message("You are logged out.");
  await tab.visit("/workspaces");
  await tab.expectPath("/login?next=%2Fworkspaces");
});

test("each chunk of the module is downloaded once", async ({ tab }) => {
  const { page } = tab;
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  const chunksOf = (paths: string[]) => paths.filter((path) => /\/(split|chunk)_\w+\.wasm$/.test(path)).sort();
  await tab.visit("/image-registries");
  const chunks = chunksOf(await tab.downloads());
  expect([...new Set(chunks)]).toEqual(chunks);
  // Events about requests may arrive later than what the page says.
  await expect(async () => expect(chunksOf(requests)).toEqual(chunks)).toPass();
  await page.evaluate(() => Object.assign(window, { __stays: true }));
  await tab.click("link", "Create the first");
  await tab.expectFocus("heading", "Create image registry");
  await tab.click("link", "Workspaces");
  await tab.expectFocus("heading", "Workspaces");
  expect(chunksOf(await tab.downloads())).toEqual(chunks);
  expect(chunksOf(requests)).toEqual(chunks);
  expect(await page.evaluate(() => "__stays" in window)).toBe(true);
});
