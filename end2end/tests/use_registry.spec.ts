import { readFile } from "node:fs/promises";
import { expect, needs, test } from "../fixtures/portolan.js";

test(
  "a file for machines is downloaded once its password is shown",
  needs("administrator"),
  async ({ page, portolan }) => {
    await portolan.createRegistries({ name: "harbour", repository: "ships", username: "robot", password: "secret" });
    await portolan.createReader("any");
    await portolan.visit("/image-registries/default/harbour");
    const panel = page.getByRole("region", { name: "Use this registry" });
    await panel.getByRole("link", { name: "Kubernetes" }).click();
    await expect(panel).toContainText("kind: Secret");
    await expect(panel.getByRole("link", { name: "Download" })).toHaveCount(0);
    await panel.getByRole("button", { name: "Show password" }).click();
    await expect(panel.getByText("The files contain the password.")).toBeVisible();
    const downloaded = page.waitForEvent("download");
    await panel.getByRole("link", { name: "Download" }).click();
    const text = await readFile(await (await downloaded).path(), "utf8");
    const [, config] = /\.dockerconfigjson: (\S+)/.exec(text)!;
    const { auths } = JSON.parse(Buffer.from(config!, "base64").toString()) as { auths: object };
    expect(auths).toEqual({ "registry.example.com": { auth: Buffer.from("robot:secret").toString("base64") } });
  },
);

test(
  "registries are exported with their passwords by those who may read them",
  needs("administrator"),
  async ({ page, portolan }) => {
    await portolan.createRegistries({ name: "harbour", username: "robot", password: "secret" });
    await portolan.visit("/image-registries?q=harbour");
    const button = page.getByRole("button", { name: "Export with passwords" });
    await expect(page.getByRole("link", { name: "Export" })).toHaveAttribute(
      "href",
      "/image-registries/export?q=harbour",
    );
    await expect(button).toBeHidden();
    await portolan.createReader("any");
    await portolan.visit("/image-registries?q=harbour");
    await portolan.audit("list-reader");
    const downloaded = page.waitForEvent("download");
    await button.click();
    expect(await readFile(await (await downloaded).path(), "utf8")).toContain("password: secret");
  },
);
