import base from "./playwright.config.js";

/** The screenshots for README and docs: `npx playwright test --config screenshots.config.ts`. */
export default { ...base, testDir: "screenshots", projects: [{ name: "pictures" }] };
