import { expect, test } from "../fixtures/portolan.js";

test.use({ needs: "editor", allowedErrors: /422/ });

const MANIFEST = `apiVersion: v1
kind: ImageRegistry
metadata: {name: harbour, workspace: default}
spec: {url: https://registry.example.com, repository: team, authconfig: {username: robot, password: secret}}
`;

test("manifests are previewed, applied, exported and then the same", async ({ page, portolan, javaScriptEnabled }) => {
  await portolan.visit("/image-registries/import");
  await portolan.heading("Import image registries");
  await portolan.audit("import");
  await page.getByLabel("Manifests").fill("kind: ImageRegistry\nkind: Workspace\n");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("alert")).toContainText("the field kind appears twice");
  if (javaScriptEnabled) {
    const file = { name: "harbour.yaml", mimeType: "application/yaml", buffer: Buffer.from(MANIFEST) };
    await page.getByLabel("From a file").setInputFiles(file);
    await expect(page.getByLabel("Manifests")).toHaveValue(MANIFEST);
  } else {
    await page.getByLabel("Manifests").fill(MANIFEST);
  }
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Preview" })).toContainText("default/harbour");
  await portolan.audit("import-preview");
  if (!javaScriptEnabled) {
    await expect(page.getByLabel("Manifests")).toHaveValue("");
    await page.getByLabel("Manifests").fill(MANIFEST);
  }
  await page.getByRole("button", { name: "Apply" }).click();
  await portolan.heading("Image Registries");
  await portolan.message("Imported: 1 created, 0 changed.");
  await expect(page.getByRole("link", { name: "Export" })).toHaveAttribute("href", "/image-registries/export");
});
