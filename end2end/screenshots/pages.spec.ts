import { test } from "../fixtures/portolan.js";
import { shoot } from "./shoot.js";

test.use({ allowedErrors: /4\d\d/ });

test("screenshots of every page", async ({ page, portolan }) => {
  test.setTimeout(300_000);

  await page.context().clearCookies({ name: "message" });
  await portolan.visit("/image-registries");
  await shoot(page, "list-empty");

  for (const name of ["platform", "research"]) await portolan.createWorkspace(name);
  const secret = { username: "robot$ci", password: "secret" };
  await portolan.createRegistries(
    { name: "docker-hub", url: "docker.io" },
    { name: "harbor", url: "https://harbor.example.com", repository: "ships", ...secret },
    { name: "harbor-staging", url: "https://harbor.staging.example.com:8443", repository: "ships", ...secret },
    {
      name: "github",
      url: "https://ghcr.io",
      repository: "portolan-dev",
      username: "portolan-bot",
      password: "secret",
    },
    { name: "lab", workspace: "research", url: "http://10.0.0.5:5000" },
    { name: "models", workspace: "research", url: "https://models.example.com", repository: "team/vision", ...secret },
    {
      name: "base-images",
      workspace: "platform",
      url: "https://registry.example.com:5000",
      repository: "base",
      ...secret,
    },
    { name: "mirror", workspace: "platform", url: "https://mirror.example.com" },
    {
      name: "nvidia",
      workspace: "platform",
      url: "https://nvcr.io",
      repository: "nvidia",
      username: "$oauthtoken",
      password: "secret",
    },
    { name: "quay", url: "https://quay.io", repository: "portolan" },
  );
  for (let index = 0; index < 20; index++) {
    await portolan.createRegistries({
      name: `edge-${String(index).padStart(2, "0")}`,
      workspace: "platform",
      url: `https://edge-${index}.example.com:5000`,
    });
  }
  await portolan.visit("/image-registries?sort=-name");
  await shoot(page, "list");
  await page.getByLabel("Select platform/mirror").check();
  await page.getByLabel("Select default/quay").check();
  await page.getByRole("button", { name: "Actions for research/lab" }).click();
  await shoot(page, "list-selected");
  await page.keyboard.press("Escape");
  await page.getByRole("form", { name: "Selection" }).getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).waitFor();
  await shoot(page, "delete-dialog");
  await portolan.visit("/image-registries?q=nothing-like-this");
  await shoot(page, "list-no-match");

  await portolan.visit("/image-registries/create");
  await shoot(page, "create");
  await page.getByLabel("Name", { exact: false }).first().fill("Harbor");
  await page.getByLabel("URL").fill("https://harbor.example.com/ships");
  await page.getByLabel("Username").fill("robot$ci");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  await shoot(page, "create-refused");

  await page.context().clearCookies({ name: "none" });
  await portolan.visit("/login");
  page.on("dialog", (dialog) => dialog.accept());
  await portolan.visit("/image-registries/default/harbor");
  await shoot(page, "details");
  await portolan.visit("/image-registries/default/harbor/edit");
  await shoot(page, "edit");
  await portolan.visit("/image-registries/default/nowhere");
  await shoot(page, "missing");
  await portolan.visit("/workspaces");
  await shoot(page, "workspaces");
  await portolan.visit("/workspaces/research");
  await shoot(page, "workspace");
  await portolan.visit("/account");
  await shoot(page, "account");
  await page.context().clearCookies();
  await portolan.visit("/login");
  await shoot(page, "login");
});
