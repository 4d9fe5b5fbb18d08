// What people do on the pages, in the words of the pages.
import assert from 'node:assert/strict';

/** Signs in at the built-in provider, beginning at a page that needs it. */
export async function signIn({ page, server }, name, path = '/?all') {
  await page.goto(`/sign-in?to=${encodeURIComponent(path)}`);
  await page.getByRole('link', { name: 'Continue with Demo users' }).click();
  await page.getByRole('link', { name: new RegExp(name) }).click();
  await page.waitForURL((url) => url.href.startsWith(server.url) && !url.pathname.startsWith('/sign-in'));
}

/** Creates an organisation and answers its slug. */
export async function createOrg({ page }, name, slug) {
  await page.goto('/orgs/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Slug', { exact: true }).fill(slug);
  await page.getByRole('button', { name: 'Create organisation' }).click();
  await page.getByText('Organisation created.').waitFor();
  return slug;
}

/** Creates an API and stays on its page. `scopes` and `approval` (those that others must ask for) are `{ name: description }`. */
export async function createApi({ page }, slug, { name, audience, scopes = {}, approval = {}, visibility = 'Private' }) {
  await page.goto(`/orgs/${slug}/apis/new`);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Audience', { exact: true }).fill(audience);
  await page.getByRole('radio', { name: new RegExp(`^${visibility}`) }).check();
  for (const [position, [scope, description]] of Object.entries({ ...scopes, ...approval }).entries()) {
    await page.getByLabel(`Name of scope ${position + 1}`).fill(scope);
    await page.getByLabel(`Description of scope ${position + 1}`).fill(description);
    if (scope in approval) await page.getByLabel(`How others come by scope ${position + 1}`).selectOption('approval');
  }
  await page.getByRole('button', { name: 'Create API' }).click();
  await page.getByText('API created.').waitFor();
  return new URL(page.url()).pathname;
}

/** Finds an API in the catalogue and answers what stands there about it. */
export async function findInCatalogue({ page }, audience) {
  await page.goto('/catalogue');
  await page.getByRole('searchbox', { name: 'Search by name or audience' }).fill(audience);
  await page.getByRole('button', { name: 'Search' }).click();
  return page.getByRole('article').filter({ hasText: audience });
}

/** Asks in the catalogue for scopes of another organisation's API. */
export async function requestAccess(visitor, slug, { audience, scopes, reason }) {
  const entry = await findInCatalogue(visitor, audience);
  await entry.locator('summary', { hasText: 'Request access' }).click();
  await entry.getByLabel('For which organisation?').selectOption(slug);
  for (const scope of scopes) await entry.getByRole('checkbox', { name: new RegExp(`^${scope}`) }).check();
  await entry.getByLabel('Reason').fill(reason);
  await entry.getByRole('button', { name: 'Request access' }).click();
}

/** Creates a verification key on an API's page and answers its secret. */
export async function createVerificationKey(visitor, name) {
  const form = visitor.page.locator('#verification-keys form', { hasText: 'Create verification key' });
  // folded away once there is one
  if (!(await form.isVisible())) await visitor.page.locator('summary', { hasText: 'New verification key' }).click();
  await form.getByLabel('Name', { exact: true }).fill(name);
  await form.getByRole('button', { name: 'Create verification key' }).click();
  return secretShownOnce(visitor, /^lk_verify_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/);
}

/** Opens the form for a key, which asks for the API first: the demo organisation's is public, so there are two. */
export async function openKeyForm({ page }, slug, audience) {
  await page.goto(`/orgs/${slug}/keys/new`);
  await page.getByRole('radio', { name: new RegExp(audience) }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Creates a key and answers `{ id, secret }`. */
export async function createKey(visitor, slug, { audience, name, kind = 'API key', scopes = [] }) {
  const { page } = visitor;
  await openKeyForm(visitor, slug, audience);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('radio', { name: new RegExp(`^${kind}`) }).check();
  for (const scope of scopes) await page.getByRole('checkbox', { name: new RegExp(`^${scope}`) }).check();
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.waitForURL(/\/created/);
  const shape = kind === 'API key' ? /^lk_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/ : /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/;
  const id = new URL(page.url()).pathname.split('/').at(-2);
  return { id, secret: await secretShownOnce(visitor, shape) };
}

/** Ticks an API and scopes of it, in a form that grants. */
export async function grantApi({ page }, name, scopes = []) {
  const grant = page.locator('details.grant', { hasText: name });
  if ((await grant.getAttribute('open')) === null) await grant.locator('summary').click();
  await grant.getByRole('checkbox', { name: 'Tokens for this API' }).check();
  for (const scope of scopes) await grant.getByRole('checkbox', { name: new RegExp(`^${scope}`) }).check();
}

/** Reads the secret on the page, and sees to it that it is gone from the page after this. */
export async function secretShownOnce({ page, context, javaScript, server }, shape) {
  const secret = (await page.locator('#secret').innerText()).trim();
  assert.match(secret, shape);
  if (javaScript) {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
    await page.getByRole('button', { name: 'Copy secret' }).click();
    await page.getByRole('button', { name: 'Copy secret' }).getByText('Copied').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  }
  await page.reload();
  assert.ok(!(await page.content()).includes(secret), 'the secret is shown a second time');
  return secret;
}

/** Opens a question, fills its fields, and answers yes. */
export function confirm(page, open, submit, fields = {}) {
  return confirmWith(page, open, submit, async (dialog) => {
    for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label).fill(value);
  });
}

/** Opens a question, does something in it, and answers yes. */
export async function confirmWith(page, open, submit, fill) {
  await page.getByRole('button', { name: open, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await fill(dialog);
  await dialog.getByRole('button', { name: submit, exact: true }).click();
}

/** The row of a table that holds this text. */
export function row(page, text) {
  return page.getByRole('row').filter({ hasText: text });
}
