// Action tokens: a server makes one for a link, the page behind the link swaps it, once. The page runs the program of
// docs/action-tokens.md, on an origin of its own, against an API that asks Latchkey.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after } from 'node:test';
import { manage, postJson, verify } from '../support/http.mjs';
import { confirm, createApi, createOrg, createVerificationKey, row, secretShownOnce, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();
const stops = [];
after(() => stops.forEach((stop) => stop()));

const SHAPE = /^lk_once_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/;

walk('make an action token in the portal, swap it, see what became of it, revoke it', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Confirmations', `confirmations-${unique}`);
  const audience = `https://parcels-${unique}.example`;
  await createApi(visitor, slug, { name: 'Parcels', audience, scopes: { 'parcels:confirm': 'Confirm a parcel' } });
  const verificationKey = await createVerificationKey(visitor, 'Parcel service');

  await page.goto(`/orgs/${slug}/keys`);
  await page.getByRole('link', { name: 'Action tokens' }).click();
  await page.getByText('No action tokens').waitFor();
  await page.getByLabel('Purpose').fill('confirm-parcel');
  await page.getByLabel('API', { exact: true }).selectOption({ label: 'Parcels' });
  await page.getByLabel('Scopes').fill('parcels:confirm\nparcels:nothing');
  await page.getByRole('button', { name: 'Create action token' }).click();
  await page.getByText('parcels:nothing is not a scope of this API').first().waitFor();
  await page.getByLabel('Scopes').fill('parcels:confirm');
  await page.getByRole('button', { name: 'Create action token' }).click();
  await page.getByText('Your action token').waitFor();
  const secret = await secretShownOnce(visitor, SHAPE);
  await row(page, 'confirm-parcel').getByText('Waits', { exact: true }).waitFor();

  const redeem = () => postJson(`${server.url}/v1/action-tokens/redeem`, 'none', { token: secret });
  const { status, body: issued } = await redeem();
  assert.equal(status, 200, JSON.stringify(issued));
  assert.deepEqual([issued.token_type, issued.expires_in, issued.scope], ['Bearer', 300, 'parcels:confirm']);
  const known = await verify(server.url, verificationKey, issued.access_token, { scopes: ['parcels:confirm'] });
  assert.deepEqual([known.code, known.purpose], ['VALID', 'confirm-parcel']);
  const again = await redeem();
  assert.deepEqual([again.status, again.body.error], [400, 'invalid_grant']);

  await page.reload();
  await row(page, 'confirm-parcel').getByText('Swapped', { exact: true }).waitFor();
  await confirm(page, 'Revoke…', 'Revoke token');
  await page.getByText('Action token revoked.').waitFor();
  await row(page, 'confirm-parcel').getByText('Revoked', { exact: true }).waitFor();
  assert.equal((await verify(server.url, verificationKey, issued.access_token)).code, 'REVOKED');

  await page.goto(`/orgs/${slug}/audit`);
  assert.equal(await row(page, 'action_token.redeem').filter({ hasText: 'Whoever had the link' }).count(), 2);
});

walk.withJavaScript('follow a link of a mail: the page swaps the token, and the API is told what it is for', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Shop', `shop-${unique}`);
  const audience = `https://shop-${unique}.example`;
  await createApi(visitor, slug, { name: 'Shop', audience, scopes: { 'orders:confirm': 'Confirm an order' } });
  const verificationKey = await createVerificationKey(visitor, 'Shop service');
  const shop = await startShop(server.url, verificationKey);
  const developer = await manage(server, slug, 'developer');
  const made = await developer.post('/action-tokens', {
    api: audience,
    scopes: ['orders:confirm'],
    purpose: 'confirm-order',
    expires_in_seconds: 600,
    max_access_seconds: 60,
  });
  assert.match(made.secret, SHAPE);

  const asked = [];
  page.on('request', (request) => asked.push({ url: request.url(), body: request.postData() ?? '' }));
  const link = `${shop.url}/confirm?order=42#action=${made.secret}`;
  await page.goto(link);
  await page.getByRole('button', { name: 'Confirm order 42' }).waitFor();
  assert.equal(page.url(), `${shop.url}/confirm?order=42`, 'the token is gone from the address bar');
  assert.equal((await developer.get(`/action-tokens/${made.id}`)).status, 'pending', 'opening the page swaps nothing');
  await page.getByRole('button', { name: 'Confirm order 42' }).click();
  await page.getByText('Order 42 is confirmed.').waitFor();
  assert.deepEqual(shop.confirmed, [{ order: '42', purpose: 'confirm-order', subject: made.id }]);
  assert.equal((await developer.get(`/action-tokens/${made.id}`)).status, 'redeemed');

  // it went to the portal alone, in a body; no address and no server of the shop ever had it
  const leaks = asked.filter(({ url, body }) => url.includes(made.secret) || body.includes(made.secret));
  assert.deepEqual(leaks.map(({ url }) => url), [`${server.url}/v1/action-tokens/redeem`]);
  assert.ok(!shop.heard.some((line) => line.includes(made.secret)));
  await page.goBack();
  assert.ok(!page.url().includes(made.secret), 'nor has the history');

  // the same link once more
  await page.goto('about:blank');
  await page.goto(link);
  await page.getByRole('button', { name: 'Confirm order 42' }).click();
  await page.getByText('This link is good no more.').waitFor();
  visitor.forgive('the server responded with a status of 400');
  assert.equal(shop.confirmed.length, 1);
});

/** The programs that the guide gives: the file, and what the page does with it. */
async function programs(latchkey, api) {
  const guide = await readFile(new URL('../../docs/action-tokens.md', import.meta.url), 'utf8');
  const [file, use] = [...guide.matchAll(/```js\n([\s\S]*?)```/g)].map(([, program]) => program);
  assert.ok(file.includes('export async function redeemActionToken') && use.includes('takeActionToken()'));
  return { file, use: use.replace('https://keys.example', latchkey).replace('https://orders.example', api) };
}

/** A shop: a page behind the link, and the API that it calls, which asks Latchkey about each call. */
async function startShop(latchkey, verificationKey) {
  const shop = { confirmed: [], heard: [] };
  const server = createServer(async (request, response) => {
    const answer = (status, type, body, headers = {}) => response.writeHead(status, { 'Content-Type': type, ...headers }).end(body);
    shop.heard.push([request.url, ...request.rawHeaders].join('\n'));
    const url = new URL(request.url, shop.url);
    if (url.pathname === '/action-token.js') return answer(200, 'text/javascript', shop.programs.file);
    if (url.pathname === '/page.js') return answer(200, 'text/javascript', page(shop.programs.use));
    if (request.method === 'POST') {
      const credential = request.headers.authorization?.replace('Bearer ', '') ?? '';
      const known = await verify(latchkey, verificationKey, credential, { scopes: ['orders:confirm'] });
      if (!known.valid || known.purpose !== 'confirm-order') return answer(403, 'text/plain', known.code);
      shop.confirmed.push({ order: '42', purpose: known.purpose, subject: known.subject });
      return answer(204, 'text/plain');
    }
    if (url.pathname !== '/confirm') return answer(404, 'text/plain', '');
    const order = Number(url.searchParams.get('order'));
    const html = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Shop</title>
      <main><h1>Order ${order}</h1><button id="confirm">Confirm order ${order}</button><p id="outcome"></p></main>
      <script type="module" src="/page.js"></script></html>`;
    const policy = `default-src 'none'; script-src 'self'; img-src data:; connect-src 'self' ${latchkey}`;
    answer(200, 'text/html', html, {
      'Content-Security-Policy': policy,
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => (server.close(), server.closeAllConnections()));
  shop.url = `http://127.0.0.1:${server.address().port}`;
  shop.programs = await programs(latchkey, shop.url);
  return shop;
}

/** The guide's program; what the person is told about it is the page's own. */
function page(use) {
  const told = 'document.querySelector("#outcome").textContent';
  return `${use.replace(/\n\}\);\s*$/, `\n  ${told} = "Order 42 is confirmed.";\n});`)}
    addEventListener('unhandledrejection', (event) => { event.preventDefault(); ${told} = event.reason.message; });`;
}
