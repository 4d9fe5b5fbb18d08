// npm run screenshots: every page, wide and narrow, light and dark, empty and full, into screenshots/.
// With --readme: the one picture of the README instead.
import { execFile } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { openBrowser, Visitor } from './support/browser.mjs';
import { furnish, laterDocument, leakReporter, pages, reportLeak } from './support/furnish.mjs';
import { startServer } from './support/server.mjs';
import { createOrg, signIn } from './support/steps.mjs';
import { until } from './support/wait.mjs';

const folder = resolve(import.meta.dirname, 'screenshots');
const picture = resolve(import.meta.dirname, '../docs/screenshots/overview.png');
/** A job's token, as GitHub's issuer shapes it, of another repository; nobody signed it. */
const outsideToken = [
  { alg: 'RS256', typ: 'JWT', kid: 'unknown' },
  { iss: 'https://token.actions.githubusercontent.com', aud: 'https://keys.example', sub: 'repo:northwind/shop:ref:refs/heads/main', repository: 'northwind/website' },
  { signature: 'none' },
].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

const reporter = leakReporter();
const server = await startServer({ environment: { LATCHKEY_OPERATORS: 'ada@example.com' }, toml: reporter.toml });
const browser = await openBrowser();
try {
  const readme = process.argv.includes('--readme');
  const full = await furnish(server, { calls: readme ? 600 : 150 });
  if (!readme) {
    await reportLeak(server, reporter, full.keys.at(-1).secret);
    await until('the notices are made', async () => (await full.management.get('/notices')).items.length > 1);
  }
  await (readme ? takeForReadme() : takeAll(full));
} finally {
  await browser.close();
  await server.stop();
}

async function takeForReadme() {
  const visitor = await Visitor.arrive(browser, { server, viewport: sizes.wide, colorScheme: 'light' });
  await signIn(visitor, 'Ada');
  await visitor.page.goto('/orgs/demo');
  await until('all calls are counted', async () => {
    await visitor.page.reload();
    return visitor.page.getByText('600 calls in the last 24 hours').count();
  });
  await promisify(execFile)('python3', [join(import.meta.dirname, 'python/past.py'), join(server.folder, 'data/latchkey.db')]);
  await visitor.page.reload();
  await mkdir(resolve(picture, '..'), { recursive: true });
  await visitor.page.screenshot({ path: picture });
  console.log(`${picture}: ${Math.round((await stat(picture)).size / 1024)} KB`);
}

async function takeAll(full) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  let empty;
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      const visitor = await Visitor.arrive(browser, { server, viewport, colorScheme });
      await signIn(visitor, 'Ada');
      empty ??= await createOrg(visitor, 'Nothing yet', 'empty');
      await take(visitor, pages(full), `full-${size}-${colorScheme}`, colorScheme);
      await takeSteps(visitor, full, `full-${size}-${colorScheme}`);
      const ofOrg = pages({ slug: empty }).filter(({ path }) => path.startsWith(`/orgs/${empty}`));
      await take(visitor, ofOrg, `empty-${size}-${colorScheme}`, colorScheme);
      await visitor.context.close();
    }
  }
}

/** What stands behind a button: a secret shown once, questions, refused forms, open menus. */
async function takeSteps({ page }, { slug, api, key, keys, appByKey }, suffix) {
  const shoot = async (name, options = { fullPage: true }) => {
    await page.evaluate(() => scrollTo(0, 0)); // what sticks to the top would stand in the middle of a tall picture
    await page.screenshot({ path: join(folder, `${name}-${suffix}.png`), ...options });
  };
  const ask = async (name, button) => {
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await page.getByRole('dialog').waitFor();
    await shoot(name, {});
  };
  await page.goto(`/orgs/${slug}/keys/new?api=${api}`);
  await page.getByLabel('Name', { exact: true }).fill('Picture');
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.waitForURL(/created/);
  await shoot('key-created');
  await page.getByRole('link', { name: 'I have kept it' }).click();
  await ask('key-revoke', 'Revoke…');
  await page.goto(`/orgs/${slug}/keys/${key}`);
  await page.locator('summary', { hasText: 'Edit this key' }).click();
  await shoot('key-edit');
  await ask('key-rotate', 'Rotate…');
  await page.getByRole('button', { name: 'Rotate key' }).click();
  await page.waitForURL(/created/);
  await shoot('key-rotated');

  await page.goto(`/orgs/${slug}/keys/new?api=${api}`);
  await page.getByText('More: owner').click();
  await page.getByLabel('Metadata').fill('{"plan": ');
  await page.getByLabel('Name', { exact: true }).evaluate((field) => (field.form.noValidate = true));
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByRole('alert').waitFor();
  await shoot('key-refused');

  await page.goto(`/orgs/${slug}/apis/${api}`);
  for (const text of ['New verification key', 'Metadata and scopes']) await page.locator('summary', { hasText: text }).click();
  await shoot('api-open');
  await page.goto(`/orgs/${slug}/apis/${api}/operations`);
  await page.locator('summary', { hasText: 'Upload a document' }).click();
  await page.getByLabel('OpenAPI document').setInputFiles({ name: 'openapi.json', mimeType: 'application/json', buffer: Buffer.from(laterDocument()) });
  await page.getByRole('button', { name: 'Show what it changes' }).click();
  await page.waitForURL(/review/);
  await shoot('operations-review');
  for (const [name, credential, scopes] of [['check-valid', keys[2].secret, 'orders:read orders:write'], ['check-lacking', keys[1].secret, 'orders:write'], ['check-unknown', 'nonsense', '']]) {
    await page.goto(`/orgs/${slug}/check-credential?api=${api}`);
    await page.getByLabel('Credential', { exact: true }).fill(credential);
    await page.locator('summary', { hasText: 'The call: scopes' }).click();
    await page.getByLabel('Scopes').fill(scopes);
    await page.getByLabel('Method').fill('GET');
    await page.getByLabel('Path').fill('/orders/42?expand=lines');
    await page.getByLabel(/^Address/).fill('203.0.113.9');
    await page.getByRole('button', { name: 'Check credential' }).click();
    await page.locator('#report').waitFor();
    await shoot(name);
  }
  await page.goto(`/orgs/${slug}/service-accounts/new`);
  await page.getByLabel('Name', { exact: true }).fill('Deployment');
  await page.getByRole('radio', { name: /^Only what is ticked/ }).check();
  await page.locator('summary', { hasText: 'Advanced' }).click();
  await page.getByLabel('Rate limits').fill('per minute: 100');
  await page.getByRole('button', { name: 'Create service account' }).click();
  await page.getByRole('alert').waitFor();
  await shoot('service-account-refused');
  await page.goto(`/orgs/${slug}/action-tokens`);
  await page.locator('summary', { hasText: 'New action token' }).click();
  await shoot('action-token-form');
  await page.goto(`/orgs/${slug}/webhooks`);
  await page.locator('summary', { hasText: 'New webhook' }).click();
  await shoot('webhook-form');
  await page.goto('/catalogue');
  for (const text of ['2 scopes', 'Request access', 'Create a key']) await page.locator('summary', { hasText: text }).first().click();
  await shoot('catalogue-open');

  await page.goto(`/orgs/${slug}/apps/new`);
  await page.getByRole('radio', { name: /^A certificate/ }).check();
  await page.locator('summary', { hasText: 'Advanced' }).click();
  await page.locator('summary', { hasText: 'Orders' }).click();
  await shoot('new-app-open');
  await page.goto(`/orgs/${slug}/apps/${appByKey}`);
  await page.locator('summary', { hasText: 'Add a public key' }).click();
  await shoot('app-add-key');
  await page.goto(`/orgs/${slug}/workload-rules`);
  await page.locator('summary', { hasText: 'New workload rule' }).click();
  await shoot('workload-rule-form');
  await page.goto(`/orgs/${slug}/workload-rules/test`);
  await page.getByRole('textbox', { name: 'Token' }).fill(outsideToken);
  await page.getByRole('button', { name: 'Test token' }).click();
  await page.getByText('No rule takes it.').waitFor();
  await shoot('workload-report');

  await page.goto(`/orgs/${slug}/members`);
  await page.getByLabel('E-mail address').fill('ben@example.com');
  await page.getByRole('button', { name: 'Make invitation link' }).click();
  const link = await page.locator('#secret').innerText();
  await shoot('invited');
  await page.goto(link.trim());
  await shoot('invitation');
  const menu = page.locator('.menu > summary').filter({ visible: true });
  if (await menu.count()) {
    await page.goto(`/orgs/${slug}`);
    await menu.click();
    await shoot('menu', {});
  }
}

async function take({ page, context }, list, suffix, colorScheme) {
  const outside = await context.browser().newContext({ baseURL: server.url, viewport: page.viewportSize(), colorScheme });
  const stranger = await outside.newPage();
  for (const { name, path, signedIn } of list) {
    const where = signedIn ? page : stranger;
    await where.goto(path, { waitUntil: 'networkidle' });
    await where.screenshot({ path: join(folder, `${name}-${suffix}.png`), fullPage: true });
    console.log(`${name}-${suffix}.png`);
  }
  await outside.close();
}
