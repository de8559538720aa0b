import type { APIRequestContext, Page } from "@playwright/test";
import { type Portolan, PERSON, expect, test as base } from "../fixtures/portolan.js";
import { type OfferedForm, expectFormsToBeAllowed, expectLinksToWork, offersOf } from "../fixtures/offers.js";
import { giveRole, invite, post, setUp } from "../fixtures/people.js";
import { type Role, neededFor } from "../fixtures/roles.js";

/**
 * Every page and every visible control, as people of every role. The snapshots list what each page offers to each: a
 * control that is new or missing fails the test.
 */

type Visitor = {
  name: string;
  role?: Role;
  /** The workspace in which they are a viewer. */
  only?: string;
  /**
   * Whether to go through the pages with the keyboard and to run axe. From a viewer most is hidden; what an administrator
   * sees is audited where it is tested.
   */
  audited?: boolean;
};

const FORM = "application/x-www-form-urlencoded";

/** The lines of an ARIA snapshot that people can do something with. */
const CONTROL = /^ *- (link|button|checkbox|combobox|textbox|searchbox)/;

const VISITORS: Visitor[] = [
  { name: "administrator", role: "administrator" },
  { name: "workspace-administrator", role: "workspace-administrator" },
  { name: "editor", role: "editor" },
  { name: "viewer", role: "viewer", audited: true },
  // With a role in one workspace only.
  { name: "viewer-of-team", only: "team" },
  { name: "nobody" },
];

/** The last ones delete something. */
const PAGES = [
  "/image-registries",
  "/image-registries?q=nothing",
  "/image-registries/create",
  "/image-registries/import",
  "/image-registries/default/one",
  "/image-registries/default/one/edit",
  "/image-registries/team/two",
  "/workspaces",
  "/workspaces/default",
  "/workspaces/team",
  "/users",
  "/users/carl",
  "/audit",
  "/tokens",
  "/account",
  "/nowhere",
  "/users/carl/delete",
  "/image-registries/delete?id=ONE",
  "/workspaces/empty/delete",
];

const test = base.extend<{ administrator: APIRequestContext }>({
  administrator: async ({ playwright }, use) => {
    const client = await playwright.request.newContext();
    await use(client);
    await client.dispose();
  },
});

// The people are created here.
test.use({ signedIn: false, allowedErrors: /40[34]/ });

for (const { name, role, only, audited } of VISITORS) {
  test(`everything that is offered to ${name} works, and nothing else is offered`, async ({
    page,
    portolan,
    server,
    administrator,
    javaScriptEnabled,
  }) => {
    test.setTimeout(240_000);
    await setUp(administrator, server, { ...PERSON, name: "harbourmaster" });
    const prepare = (path: string, form: Record<string, string>) => post(administrator, server, path, form);
    const url = "https://registry.example.com";
    for (const workspace of ["team", "empty"]) await prepare("/ui/workspaces/create", { name: workspace });
    await prepare("/ui/image-registries/create", {
      name: "one",
      workspace: "default",
      url,
      username: "robot",
      password: "x",
    });
    await prepare("/ui/image-registries/create", { name: "two", workspace: "team", url });
    await prepare("/ui/users/invite", { user_name: "carl", role: "None" });
    await giveRole(administrator, server, "carl", "team", "Editor");
    await invite(administrator, page.request, server, PERSON, role);
    if (only) await giveRole(administrator, server, PERSON.name, only, "Viewer");
    const details = await administrator.get(`${server.url}/ui/image-registries/details?workspace=default&name=one`);
    const { id } = (await details.json()) as { id: string };

    const lines: string[] = [];
    const forms: OfferedForm[] = [];
    const followed = new Set<string>();
    for (const path of PAGES) {
      const { status, title, controls, offers } = await walk(page, portolan, path.replace("ONE", id), role, followed);
      if (audited && status === 200) await expectKeyboardReachesWhatIsVisible(page);
      if (audited && status === 200 && javaScriptEnabled !== false) await portolan.expectAccessible(["light"]);
      lines.push(`${path} ${status} ${title}`, ...controls.map((control) => `  ${control}`));
      forms.push(...offers.forms);
    }
    expect(lines.join("\n")).toMatchSnapshot(`${name}.txt`);
    for (const { action, fields } of forms.filter((form) => neededFor(form.action) && !takesOwnRole(form))) {
      const headers = { origin: server.url, accept: "application/json", "content-type": FORM };
      const data = new URLSearchParams(fields).toString();
      const answer = await page.request.post(server.url + action, { data, headers });
      expect([200, 409, 422], `${action} ${data}: ${await answer.text()}`).toContain(answer.status());
    }
  });
}

/** Whether the person gives up their own role, without which the next forms are refused. */
function takesOwnRole({ fields }: OfferedForm): boolean {
  const { user_name, workspace_role } = Object.fromEntries(fields);
  return user_name === PERSON.name && workspace_role === "None";
}

declare global {
  interface Window {
    /** The element that had the focus before. */
    last?: Element;
  }
}

/** Opens a page and follows its links. Returns what it shows. */
async function walk(page: Page, portolan: Portolan, path: string, role: Role | undefined, followed: Set<string>) {
  const answer = await page.goto(portolan.server.url + path);
  await portolan.waitForHydration();
  const offers = await offersOf(page);
  expectFormsToBeAllowed(offers, role);
  // A page that is refused says with links where it is.
  if (answer!.ok()) await expectLinksToWork(page, offers, followed);
  const aria = await page.locator("main").ariaSnapshot();
  const controls = aria.split("\n").filter((line) => CONTROL.test(line));
  const title = await page.getByRole("heading", { level: 1 }).innerText();
  return {
    status: answer!.status(),
    title,
    controls: controls.map((line) => line.trim().slice(2).replace(/:$/, "")),
    offers,
  };
}

/** Presses the Tab key until the focus is back at an element: it was at every visible control, and nowhere else. */
async function expectKeyboardReachesWhatIsVisible(page: Page): Promise<void> {
  const seen = await page.evaluateHandle(() => new Set<Element>());
  for (;;) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate((seen) => {
      const element = document.activeElement;
      if (!element || element === document.body) return "outside";
      // A date has several parts, and the focus goes through them.
      if (element === window.last) return "visible";
      if (seen.has(element)) return "again";
      seen.add(element);
      window.last = element;
      const { width, height } = element.getBoundingClientRect();
      const isVisible = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
      return isVisible && width > 1 && height > 1 ? "visible" : `invisible: ${element.outerHTML}`;
    }, seen);
    if (focused === "again") break;
    expect(focused).toMatch(/^(visible|outside)$/);
  }
  const unreachable = await page.evaluate((seen) => {
    const controls = document.querySelectorAll("a[href], button, input, select, textarea, summary");
    const unreachable = [...controls].filter(
      (control) => control.checkVisibility({ visibilityProperty: true }) && !seen.has(control),
    );
    return unreachable.map((control) => control.outerHTML);
  }, seen);
  expect(unreachable).toEqual([]);
}
