import { test } from "../fixtures/portolan.js";
import { RUN_ROLE } from "../fixtures/roles.js";
import { shoot } from "./shoot.js";

test.use({ allowedErrors: /4\d\d/ });

test("screenshots of what somebody with the role of this run sees", async ({ page, portolan }) => {
  test.setTimeout(300_000);
  await portolan.createWorkspace("platform");
  for (const name of ["harbor", "ghcr"]) {
    await portolan.createRegistries({ name, url: `https://${name}.example.com`, username: "robot", password: "x" });
  }
  for (const [name, path] of [
    ["list", "/image-registries"],
    ["details", "/image-registries/default/harbor"],
    ["workspace", "/workspaces/default"],
    ["users", "/users"],
    ["user", "/users/anna"],
    ["audit", "/audit"],
    ["account", "/account"],
    ["set-password", "/set-password?token=used"],
  ] as const) {
    await portolan.visit(path);
    await shoot(page, `${RUN_ROLE}-${name}`);
  }
});
