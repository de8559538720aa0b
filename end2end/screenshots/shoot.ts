import { mkdirSync } from "node:fs";
import { type Page } from "@playwright/test";

const FOLDER = process.env.PORTOLAN_PICTURES ?? "../docs/screenshots";
const WIDTHS = (process.env.PORTOLAN_WIDTHS ?? "1440").split(",").map(Number);

/** Takes light and dark screenshots at each width. */
export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 500 ? 780 : 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const suffix = WIDTHS.length > 1 ? `-${width}` : "";
      await page.screenshot({ path: `${FOLDER}/${name}-${colorScheme}${suffix}.png` });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}
