import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const chromium = process.env.PORTOLAN_CHROMIUM ?? "/usr/bin/chromium";

/** Every test runs hydrated and with JavaScript off. Tests that need WebAssembly are in *.hydrated.spec.ts. */
export default defineConfig({
  testDir: "tests",
  snapshotPathTemplate: "{testDir}/{testFilePath}-snapshots/{projectName}/{arg}{ext}",
  fullyParallel: true,
  workers: 2,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  timeout: 60_000,
  expect: { timeout: 5_000 },
  use: {
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: existsSync(chromium) ? chromium : undefined,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "hydrated", use: { javaScriptEnabled: true } },
    { name: "plain", use: { javaScriptEnabled: false }, testIgnore: "**/*.hydrated.spec.ts" },
  ],
});
