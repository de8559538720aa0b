import { defineConfig } from "@playwright/test";

/**
 * The smoke test in Firefox: `npm run firefox`. Playwright would need a Firefox of its own, so it only runs the tests;
 * Puppeteer drives Debian's (firefox/firefox.ts). Each file starts the browser once.
 */
export default defineConfig({
  testDir: "firefox",
  outputDir: "test-results/firefox",
  workers: 2,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  timeout: 60_000,
  expect: { toPass: { timeout: 10_000, intervals: [50, 100, 200] } },
});
