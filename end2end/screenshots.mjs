// npm run screenshots: every page, wide and narrow, light and dark, empty and full, into screenshots/.
// With --readme: the one picture of the README instead.
import { execFile } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { openBrowser, Visitor } from './support/browser.mjs';
import { furnish, pages } from './support/furnish.mjs';
import { startServer } from './support/server.mjs';
import { createOrg, signIn } from './support/steps.mjs';
import { until } from './support/wait.mjs';

const folder = resolve(import.meta.dirname, 'screenshots');
const picture = resolve(import.meta.dirname, '../docs/screenshots/overview.png');
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

const server = await startServer({ environment: { LATCHKEY_OPERATORS: 'ada@example.com' } });
const browser = await openBrowser();
try {
  const readme = process.argv.includes('--readme');
  const full = await furnish(server, { calls: readme ? 600 : 150 });
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
      await take(visitor, pages(full), `full-${size}-${colorScheme}`);
      await takeSecret(visitor, full, `full-${size}-${colorScheme}`);
      const ofOrg = pages({ slug: empty }).filter(({ path }) => path.startsWith(`/orgs/${empty}`));
      await take(visitor, ofOrg, `empty-${size}-${colorScheme}`);
      await visitor.context.close();
    }
  }
}

/** The page that shows a key's secret, and the question before a revocation. */
async function takeSecret({ page }, { slug, api }, suffix) {
  await page.goto(`/orgs/${slug}/keys/new?api=${api}`);
  await page.getByLabel('Name', { exact: true }).fill('Picture');
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.waitForURL(/created/);
  await page.screenshot({ path: join(folder, `key-created-${suffix}.png`), fullPage: true });
  await page.getByRole('link', { name: 'I have kept it' }).click();
  await page.getByRole('button', { name: 'Revoke…' }).click();
  await page.getByRole('dialog').waitFor();
  await page.screenshot({ path: join(folder, `key-revoke-${suffix}.png`) });
}

async function take({ page, context }, list, suffix) {
  const outside = await context.browser().newContext({ baseURL: server.url, viewport: page.viewportSize() });
  for (const { name, path, signedIn } of list) {
    const where = signedIn ? page : await outside.newPage();
    await where.goto(path, { waitUntil: 'networkidle' });
    await where.screenshot({ path: join(folder, `${name}-${suffix}.png`), fullPage: true });
    console.log(`${name}-${suffix}.png`);
  }
  await outside.close();
}
