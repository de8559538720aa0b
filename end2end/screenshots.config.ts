import base from "./playwright.config.js";

/** The pictures of the README and for whoever wants to look: `npx playwright test --config screenshots.config.ts`. */
export default { ...base, testDir: "screenshots", projects: [{ name: "pictures" }] };
