// An app with a key of its own: the copied call gets a token, the last use shows, and the key goes again.
import assert from 'node:assert/strict';
import { verify } from '../support/http.mjs';
import { copiedCall, Program } from '../support/program.mjs';
import { createApi, createOrg, createVerificationKey, grantApi, row, signIn } from '../support/steps.mjs';
import { until } from '../support/wait.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('an app proves who it is with its own key', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Keys of apps', `app-keys-${unique}`);
  const audience = `https://stock-${unique}.example`;
  await createApi(visitor, slug, { name: 'Stock', audience, scopes: { 'stock:read': 'See stock' } });
  const verificationKey = await createVerificationKey(visitor, 'Stock service');
  const program = await Program.create();
  const second = await Program.create('ec', { namedCurve: 'P-256' });

  await page.goto(`/orgs/${slug}/apps/new`);
  await page.getByLabel('Name', { exact: true }).fill('Warehouse');
  assert.equal(await page.getByLabel('Public keys').isVisible(), false, 'what belongs to another choice shows');
  await page.getByRole('radio', { name: /^A key of its own/ }).check();
  await page.getByLabel('Public keys').fill(JSON.stringify(program.jwk));
  await grantApi(visitor, 'Stock', ['stock:read']);
  await page.getByRole('button', { name: 'Create app' }).click();
  await page.getByText('App created.').waitFor();
  const path = new URL(page.url()).pathname;
  assert.match(await row(page, 'EdDSA').innerText(), /Never\s+Never/, 'ends never, never used');

  const call = await copiedCall(page, 'Client credentials, by its key');
  const token = await program.gets(call);
  const verified = await verify(server.url, verificationKey, token, { scopes: ['stock:read'] });
  assert.deepEqual([verified.code, verified.subject], ['VALID', path.split('/').at(-1)]);
  await until('the last use shows', async () => {
    await page.goto(path);
    return /Never\s+(just now|\d+ seconds? ago)/.test(await row(page, 'EdDSA').innerText());
  });

  // another key beside it, of another kind
  await page.locator('summary', { hasText: 'Add a public key' }).click();
  await page.getByLabel('Public key', { exact: true }).fill(JSON.stringify(second.jwk));
  await page.getByLabel('Ends', { exact: true }).selectOption('never');
  await page.getByRole('button', { name: 'Add key' }).click();
  await page.getByText('Public key added.').waitFor();
  await second.gets(await copiedCall(page, 'Client credentials, by its key'));

  await row(page, 'EdDSA').getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete key' }).click();
  await page.getByText('Public key deleted.').waitFor();
  assert.equal((await program.runs(call)).error, 'invalid_client');
  await Promise.all([program.end(), second.end()]);
});

walk('a private key is refused and does not come back', async ({ visitor, page, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Private', `private-${unique}`);
  await createApi(visitor, slug, { name: 'Stock', audience: `https://private-${unique}.example` });
  const program = await Program.create();
  const jwk = program.privateKey.export({ format: 'jwk' });
  await page.goto(`/orgs/${slug}/apps/new`);
  await page.getByLabel('Name', { exact: true }).fill('Careless');
  await page.getByRole('radio', { name: /^A key of its own/ }).check();
  await page.getByLabel('Public keys').fill(JSON.stringify(jwk));
  await page.getByRole('button', { name: 'Create app' }).click();
  await page.getByRole('alert').getByText('This is a private key.').waitFor();
  assert.ok(!(await page.content()).includes(jwk.d));
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Careless');
  await program.end();
});

walk('an app trades its secret for a key', async ({ visitor, page, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Trades', `trades-${unique}`);
  await createApi(visitor, slug, { name: 'Stock', audience: `https://trades-${unique}.example` });
  await page.goto(`/orgs/${slug}/apps/new`);
  await page.getByLabel('Name', { exact: true }).fill('New machine');
  await page.getByRole('radio', { name: /^A key of its own/ }).check();
  await page.getByRole('checkbox', { name: /^It registers its key itself/ }).check();
  await grantApi(visitor, 'Stock');
  await page.getByRole('button', { name: 'Create app' }).click();
  await page.waitForURL(/\/created/);
  const secret = (await page.locator('#secret').innerText()).trim();
  const program = await Program.create();
  const trade = (await copiedCall(page, 'First: trade the secret for a key')).replace('$(cat public-key.jwk.json)', '$JWK');
  const made = await program.runs(trade, { CLIENT_SECRET: secret, JWK: JSON.stringify(program.jwk) });
  assert.equal(made.token_endpoint_auth_method, 'private_key_jwt', JSON.stringify(made));
  await page.getByRole('link', { name: 'I have kept it' }).click();
  assert.equal(await row(page, 'Client secret').count(), 0, 'the secret has ended');
  await program.gets(await copiedCall(page, 'Client credentials, by its key'));
  await program.end();
});
