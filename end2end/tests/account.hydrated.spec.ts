import { expect, test } from "../fixtures/portolan.js";

test("the strength of a new password is said while it is typed", async ({ page, portolan }) => {
  await portolan.visit("/account");
  const password = page.getByLabel("New password", { exact: false }).first();
  const strength = page.getByRole("status").filter({ hasText: /^(Too short|Weak|Fair|Strong)/ });
  await expect(strength).toHaveCount(0);
  await password.pressSequentially("Password");
  await expect(strength).toHaveText("Too short.");
  await password.pressSequentially("1234!");
  await expect(strength).toHaveText(/^Weak/);
  await password.fill("correct horse battery staple");
  await expect(strength).toHaveText("Strong.");
  await password.fill("anna.anna.anna");
  await expect(strength).toHaveText(/^Weak/);
  await password.fill("");
  await expect(strength).toHaveCount(0);
});

test.describe("before the set-up", () => {
  test.use({ signedIn: false });

  test("the username that was typed does not count", async ({ page, portolan, server }) => {
    const link = new URL(server.setupLink);
    await portolan.visit(link.pathname + link.search);
    await page.getByLabel("Username").fill("lighthouse.keeper");
    await page
      .getByLabel(/^Password/)
      .first()
      .fill("Lighthouse.Keeper.");
    await expect(page.getByRole("status").filter({ hasText: /^Weak/ })).toBeVisible();
  });
});
