import { expect, test as base } from "@playwright/test";
import puppeteer, { type Browser, type ElementHandle, type Page } from "puppeteer-core";
import { PERSON, type RegistryFields } from "../fixtures/portolan.js";
import { Registry } from "../fixtures/registry.js";
import { Server } from "../fixtures/server.js";

/** All tests use one site, one after another. */
const ONE_PROCESS = {
  "dom.ipc.processCount": 1,
  "dom.ipc.processPrelaunch.enabled": false,
  "fission.autostart": false,
};

/** The chunks of the module (app/src/layout/chunk.rs). */
const CHUNKS = ["list", "registry", "form", "other", "administration"];

/** The accessible name of an optional field. */
export const optional = (label: string): string => `${label} optional`;

const FIREFOX = process.env.PORTOLAN_FIREFOX ?? "/usr/bin/firefox-esr";

/**
 * A tab of Firefox and the server that it uses. Elements are found by role and accessible name, as Firefox computes
 * them. Everything waits until it holds, for at most ten seconds.
 *
 * Only functions of Puppeteer that run no script in the page are used, since one file has JavaScript turned off:
 * `aria/` selectors, synchronous `evaluate`, mouse and keyboard.
 */
export class Tab {
  constructor(
    readonly page: Page,
    readonly server: Server,
    private readonly script: boolean,
    private readonly cookie: string,
  ) {}

  /** Opens a path and, with JavaScript, waits for hydration. */
  async visit(path: string): Promise<void> {
    await this.page.goto(this.server.url + path);
    await this.waitForHydration();
  }

  /**
   * With JavaScript, waits until the page is hydrated and, if somebody is signed in, has downloaded the chunks for the
   * next click: if a page is left before, Firefox interrupts the download, and the module logs an error.
   */
  private async waitForHydration(): Promise<void> {
    if (!this.script) return;
    await expect(async () => {
      const state = await this.page.evaluate(() => ({
        isHydrated: "hydrated" in document.documentElement.dataset,
        isSignedIn: document.querySelector("nav[aria-label='Main']") !== null,
      }));
      expect(state.isHydrated, "whether the page is hydrated").toBe(true);
      if (!state.isSignedIn) return;
      const files = await this.downloads();
      for (const chunk of CHUNKS) expect(files).toContainEqual(expect.stringContaining(`/split_${chunk}.wasm`));
    }).toPass();
  }

  /** The paths of what the page has downloaded completely. */
  downloads(): Promise<string[]> {
    return this.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
  }

  /** The elements with this role and, if given, exactly this name. Hidden ones have no role. */
  async all(role: string, name?: string): Promise<ElementHandle<HTMLElement>[]> {
    const byName = name === undefined ? "" : `[name="${name}"]`;
    if (role !== "password") return this.elements(`aria/${byName}[role="${role}"]`);
    // Password fields have no role. Their labels have the same name.
    const passwords = [];
    for (const element of await this.elements(`aria/${byName}`)) {
      if (await element.evaluate((element) => element.matches("input"))) passwords.push(element);
    }
    return passwords;
  }

  private elements(selector: string): Promise<ElementHandle<HTMLElement>[]> {
    return this.page.$$(selector) as Promise<ElementHandle<HTMLElement>[]>;
  }

  /** Runs `check` with the only element of this role and name, until it passes. */
  async expect(
    role: string,
    name: string | undefined,
    check: (element: ElementHandle<HTMLElement>) => unknown,
  ): Promise<void> {
    await expect(async () => {
      const found = await this.all(role, name);
      expect(found.length, `number of elements ${role} "${name ?? ""}"`).toBe(1);
      await check(found[0]);
    }).toPass();
  }

  /** Clicks the middle of an element, once that neither moves nor is covered. */
  async click(role: string, name: string): Promise<void> {
    let before: number[] = [];
    await this.expect(role, name, async (element) => {
      const place = await element.evaluate((element) => {
        element.scrollIntoView({ block: "nearest" });
        const { x, y, width, height } = element.getBoundingClientRect();
        const [left, top] = [x + width / 2, y + height / 2];
        return { at: [left, top], isOnTop: element.contains(document.elementFromPoint(left, top)) };
      });
      const isStill = String(before) === String(place.at);
      before = place.at;
      expect({ isOnTop: place.isOnTop, isStill }, `${role} "${name}"`).toEqual({ isOnTop: true, isStill: true });
    });
    await this.page.mouse.click(before[0], before[1]);
  }

  /** Replaces the text of a field. */
  async fill(role: "textbox" | "searchbox" | "password", name: string, text: string): Promise<void> {
    await this.expect(role, name, async (element) => {
      await element.evaluate((field) => {
        field.focus();
        (field as HTMLInputElement).select();
      });
      await this.page.keyboard.type(text);
      expect(await element.evaluate((field) => (field as HTMLInputElement).value)).toBe(text);
    });
  }

  async expectValue(role: string, name: string, value: string): Promise<void> {
    await this.expect(role, name, async (element) => {
      expect(await element.evaluate((field) => (field as HTMLInputElement).value)).toBe(value);
    });
  }

  /** Waits until an element contains this text. */
  async expectText(role: string, name: string | undefined, text: string): Promise<void> {
    await this.expect(role, name, async (element) => expect(await textOf(element)).toContain(text));
  }

  /** Waits for the page with this heading and, with JavaScript, for its hydration. */
  async heading(text: string): Promise<void> {
    await this.expect("heading", text, async (element) => {
      expect(await element.evaluate((heading) => heading.localName)).toBe("h1");
    });
    await this.waitForHydration();
  }

  /** Waits for a message above the page. */
  async message(text: string): Promise<void> {
    await expect(async () => {
      const texts = await Promise.all((await this.all("status")).map(textOf));
      expect(texts).toContainEqual(expect.stringContaining(text));
    }).toPass();
  }

  /** Waits until the rows of the list are these, by the name of each registry or workspace. */
  async expectRows(...names: string[]): Promise<void> {
    await expect(async () => {
      expect(await Promise.all((await this.all("rowheader")).map(textOf))).toEqual(names);
    }).toPass();
  }

  /** Waits until the browser shows this path and query. */
  async expectPath(path: string | RegExp): Promise<void> {
    await expect(async () => {
      const shown = await this.page.evaluate(() => location.pathname + location.search);
      expect(shown).toEqual(typeof path === "string" ? path : expect.stringMatching(path));
    }).toPass();
  }

  async expectFocus(role: string, name?: string): Promise<void> {
    await this.expect(role, name, async (element) => {
      expect(
        await element.evaluate((element) => element === document.activeElement),
        `focus of ${role} "${name ?? ""}"`,
      ).toBe(true);
    });
  }

  async expectAttribute(role: string, name: string, attribute: string, value: string): Promise<void> {
    await this.expect(role, name, async (element) => {
      expect(await element.evaluate((element, attribute) => element.getAttribute(attribute), attribute)).toBe(value);
    });
  }

  /** Creates the administrator with the link that the server has printed. */
  async setUp(): Promise<void> {
    const link = new URL(this.server.setupLink);
    await this.visit(link.pathname + link.search);
    await this.heading("Set up");
    await this.fill("textbox", "Username", PERSON.name);
    await this.fill("password", "Password", PERSON.password);
    await this.fill("password", "Confirm password", PERSON.password);
    await this.click("button", "Create administrator");
    await this.heading("Image Registries");
    await this.message("Welcome, anna.");
  }

  /** Submits the log-in form of the current page. */
  async logIn(): Promise<void> {
    await this.fill("textbox", "Username", PERSON.name);
    await this.fill("password", "Password", PERSON.password);
    await this.click("button", "Log in");
  }

  /** Creates registries with requests, to prepare a test. */
  async createRegistries(...registries: RegistryFields[]): Promise<void> {
    for (const registry of registries) {
      const fields = { workspace: "default", url: "https://registry.example.com", ...registry };
      await post(this.server, "/ui/image-registries/create", fields, this.cookie);
    }
  }
}

function textOf(element: ElementHandle<HTMLElement>): Promise<string> {
  return element.evaluate((element) => element.innerText.replaceAll(/\s+/g, " ").trim());
}

async function post(server: Server, path: string, form: Record<string, string>, cookie = ""): Promise<Response> {
  const headers = { origin: server.url, accept: "application/json", cookie };
  const answer = await fetch(server.url + path, { method: "POST", headers, body: new URLSearchParams(form) });
  expect(answer.ok, `${path}: ${answer.status}`).toBeTruthy();
  return answer;
}

type Options = { signedIn: boolean; checks: boolean };
type Fixtures = { server: Server; tab: Tab; registry: Registry };
type WorkerFixtures = { script: boolean; firefox: Browser };

export const test = base.extend<Options & Fixtures, WorkerFixtures>({
  /** Whether an administrator exists and is logged in when the test begins. */
  signedIn: [true, { option: true }],
  /** Whether registries are checked. Otherwise they stay Pending. */
  checks: [false, { option: true }],
  /** Whether pages may use JavaScript. */
  script: [true, { option: true, scope: "worker" }],

  firefox: [
    async ({ script }, use) => {
      const firefox = await puppeteer.launch({
        browser: "firefox",
        executablePath: FIREFOX,
        headless: true,
        // Firefox ESR does not know the commands with which Puppeteer turns JavaScript off and changes a page's size.
        extraPrefsFirefox: { "javascript.enabled": script, ...ONE_PROCESS },
        args: ["--width=1440", "--height=900"],
        defaultViewport: null,
      });
      await use(firefox);
      await firefox.close();
    },
    { scope: "worker" },
  ],

  server: async ({ checks }, use) => {
    const server = await Server.start({ checks });
    await use(server);
    await server.stop();
  },

  registry: async ({}, use) => {
    const registry = await Registry.start();
    await use(registry);
    await registry.stop();
  },

  tab: async ({ firefox, server, signedIn, script }, use) => {
    // Cookies ignore the port, so each test needs its own.
    const context = await firefox.createBrowserContext();
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error instanceof Error ? error.stack! : String(error)));
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) errors.push(message.text());
    });
    const cookie = signedIn ? await setUp(server) : "";
    if (signedIn) {
      const [name, value] = cookie.split(/=(.*)/);
      const domain = new URL(server.url).hostname;
      await context.setCookie({ name, value, domain, path: "/", httpOnly: true, secure: false, expires: -1 });
    }
    await use(new Tab(page, server, script, cookie));
    // Before the tab is closed, which interrupts downloads.
    expect(errors, "errors in the console").toEqual([]);
    await context.close();
    expect(
      server.log.filter((line) => /ERROR|panicked/.test(line)),
      "errors of the server",
    ).toEqual([]);
  },
});

/** Creates the administrator. Returns the cookie of the session. */
async function setUp(server: Server): Promise<string> {
  const token = new URL(server.setupLink).searchParams.get("token")!;
  const answer = await post(server, "/ui/setup", {
    token,
    user_name: PERSON.name,
    new_password: PERSON.password,
    repeated_password: PERSON.password,
  });
  return answer.headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith("portolan="))!
    .split(";")[0];
}

export { expect };
