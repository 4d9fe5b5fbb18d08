// Notices, and where they go: read in the portal, posted to a webhook that is made, tried, switched off and deleted.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { confirm, createApi, createKey, createOrg, row, secretShownOnce, signIn } from '../support/steps.mjs';
import { until } from '../support/wait.mjs';
import { walks } from '../support/walk.mjs';

// only --dev posts to http addresses on loopback
const walk = walks();
const SHAPE = /^whsec_[A-Za-z0-9+/]{43}=$/;
let receiver;
const received = [];

before(async () => {
  receiver = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ path: request.url, body: JSON.parse(Buffer.concat(chunks)) });
    response.writeHead(request.url.endsWith('/gone') ? 410 : 204).end();
  });
  await new Promise((listening) => receiver.listen(0, '127.0.0.1', listening));
});
after(() => receiver?.close());

const posted = (path) => received.filter((call) => call.path === path);

walk('a revocation is told: in the menu, in the list, and to a webhook', async ({ visitor, page, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Newsroom', `newsroom-${unique}`);
  const audience = `https://news-${unique}.example`;
  await createApi(visitor, slug, { name: 'News', audience });
  const key = await createKey(visitor, slug, { audience, name: 'Ticker' });
  const path = `/${unique}`;

  await page.goto(`/orgs/${slug}/notices`);
  await page.getByText('No notices').waitFor();
  await page.getByRole('link', { name: 'Where they go' }).click();
  await page.getByText('No webhooks yet').waitFor();
  await page.getByLabel('Address').fill('http://10.0.0.1/inside');
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await page.getByRole('alert').getByRole('link', { name: /^Address/ }).waitFor();
  assert.equal(await page.getByLabel('Address').inputValue(), 'http://10.0.0.1/inside');
  await page.getByLabel('Address').fill(`http://127.0.0.1:${receiver.address().port}${path}`);
  await page.getByRole('checkbox', { name: /^Expiry/ }).uncheck();
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await page.getByText("The webhook's secret").waitFor();
  const secret = await secretShownOnce(visitor, SHAPE);
  const webhook = page.url().split('?')[0];
  await page.getByText('Revocation, Limit, Leak').first().waitFor();

  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('A test is on its way.').waitFor();
  await until('the test was posted', () => posted(path).length === 1);
  await shows(page, webhook, () => page.getByText('Delivered').count());
  await page.getByRole('button', { name: 'Send again' }).click();
  await page.getByText('It is on its way again.').waitFor();
  await until('it was posted again', () => posted(path).length === 2);
  assert.deepEqual(posted(path)[0].body, posted(path)[1].body);

  await page.goto(`/orgs/${slug}/keys/${key.id}`);
  await confirm(page, 'Revoke…', 'Revoke key', { Reason: 'Left behind' });
  await page.getByText('Key revoked.').waitFor();
  await until('the revocation was posted', () => posted(path).length === 3);
  assert.equal(posted(path)[2].body.type, 'credential.revoked');
  await page.goto(`/orgs/${slug}/notices`);
  await row(page, 'Ticker').getByText('New', { exact: true }).waitFor();
  const menu = page.getByRole('navigation', { name: 'Main', exact: true });
  assert.match(await menu.getByRole('link', { name: /^Notices/ }).innerText(), /1/);
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await page.getByText('All marked as read.').waitFor();
  assert.equal(await page.getByText('New', { exact: true }).count(), 0);

  await page.goto(webhook);
  await confirm(page, 'New secret…', 'Make a new secret');
  await page.getByText("The webhook's secret").waitFor();
  assert.notEqual(await secretShownOnce(visitor, SHAPE), secret);
  await page.getByText('The old secret signs too').waitFor();
  await page.locator('summary', { hasText: 'Change address or notices' }).click();
  for (const kind of ['Revocation', 'Limit', 'Leak']) await page.getByRole('checkbox', { name: new RegExp(`^${kind}`) }).uncheck();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('alert').getByRole('link', { name: /^Notices/ }).waitFor();
  await page.getByRole('checkbox', { name: /^Leak/ }).check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Webhook changed.').waitFor();
  await page.getByRole('button', { name: 'Switch off' }).click();
  await page.getByText('Webhook switched off.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Send a test' }).count(), 0, 'nothing is posted to one that is off');
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByText('Webhook switched on.').waitFor();
  await confirm(page, 'Delete…', 'Delete webhook');
  await page.getByText('Webhook deleted.').waitFor();
  await page.getByText('No webhooks yet').waitFor();
});

walk('a receiver that says it is gone is switched off', async ({ visitor, page, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Archive', `archive-${unique}`);
  await page.goto(`/orgs/${slug}/webhooks`);
  await page.getByLabel('Address').fill(`http://127.0.0.1:${receiver.address().port}/${unique}/gone`);
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await page.getByText("The webhook's secret").waitFor();
  const webhook = page.url().split('?')[0];
  await page.goto(webhook);
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('A test is on its way.').waitFor();
  await shows(page, webhook, () => page.getByText('Off: the receiver answered 410').count());
});

/** Loads the page again until it says so. */
function shows(page, path, probe) {
  return until(`${path} says it`, async () => {
    await page.goto(path);
    return probe();
  });
}
