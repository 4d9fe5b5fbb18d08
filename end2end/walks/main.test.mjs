// The main job: from sign-in to a verified key, its usage, and its end.
import assert from 'node:assert/strict';
import { verify } from '../support/http.mjs';
import { confirm, createApi, createKey, createOrg, createVerificationKey, row, signIn } from '../support/steps.mjs';
import { until } from '../support/wait.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('sign in, organisation, API, key, verify, usage, revoke', async (walker) => {
  const { visitor, page, server, unique } = walker;
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Acme', `acme-${unique}`);
  const audience = `https://orders-${unique}.example`;
  await createApi(visitor, slug, { name: 'Orders', audience, scopes: { 'orders:read': 'See orders', 'orders:write': 'Place orders' } });
  const verificationKey = await createVerificationKey(visitor, 'Gateway');
  const key = await createKey(visitor, slug, { audience, name: 'Checkout', scopes: ['orders:read'] });
  await page.getByText('The secret was shown already').waitFor();

  await verified(server, verificationKey, key, audience, slug);
  await usageShows(page, slug, key);
  await revokedInTheBrowser(page, slug, key);
  assert.equal((await verify(server.url, verificationKey, key.secret)).code, 'REVOKED');
  await auditShows(page, slug, key);
});

async function verified(server, verificationKey, key, audience, slug) {
  const answer = await verify(server.url, verificationKey, key.secret, { scopes: ['orders:read'] });
  assert.equal(answer.code, 'VALID');
  assert.equal(answer.valid, true);
  assert.equal(answer.credential.id, key.id);
  assert.equal(answer.api, audience);
  assert.equal(answer.organisation.slug, slug);
  assert.deepEqual(answer.scopes, ['orders:read']);
  const more = await verify(server.url, verificationKey, key.secret, { scopes: ['orders:write'] });
  assert.equal(more.code, 'INSUFFICIENT_SCOPE');
  assert.deepEqual(more.missing_scopes, ['orders:write']);
}

async function usageShows(page, slug, key) {
  await page.goto(`/orgs/${slug}/keys/${key.id}`);
  await page.goto(`/orgs/${slug}/usage`);
  const seen = () => page.locator('#usage-live').getByText('VALID').count();
  await until('the usage page shows the calls', async () => (await seen()) > 0 || (await page.reload(), false));
  const csv = await page.request.get(`/orgs/${slug}/usage.csv`);
  assert.equal(csv.status(), 200);
  const text = await csv.text();
  assert.match(text, /VALID/);
  assert.match(text, /INSUFFICIENT_SCOPE/);
}

async function revokedInTheBrowser(page, slug, key) {
  await page.goto(`/orgs/${slug}/keys`);
  await row(page, 'Checkout').getByRole('link', { name: 'Checkout' }).click();
  await confirm(page, 'Revoke…', 'Revoke key', { Reason: 'the walk is over' });
  await page.getByText('Key revoked.').waitFor();
  await page.getByText('the walk is over').waitFor();
  assert.ok(page.url().includes(key.id));
}

async function auditShows(page, slug, key) {
  await page.goto(`/orgs/${slug}/audit`);
  for (const action of ['key.create', 'key.revoke', 'api.create', 'verification_key.create']) {
    await row(page, action).first().waitFor();
  }
  await row(page, 'key.revoke').filter({ hasText: key.id }).first().waitFor();
}
