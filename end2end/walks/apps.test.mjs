// An app: tokens by Basic and by post, a second secret, switched off.
import assert from 'node:assert/strict';
import { token, verify } from '../support/http.mjs';
import { createApi, createOrg, createVerificationKey, grantApi, secretShownOnce, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();
const clientSecret = /^lk_secret_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/;

walk('create an app, swap its secrets for tokens, switch it off', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Apps', `apps-${unique}`);
  const audience = `https://billing-${unique}.example`;
  await createApi(visitor, slug, { name: 'Billing', audience, scopes: { 'bills:read': 'See bills' } });
  const verificationKey = await createVerificationKey(visitor, 'Billing service');

  const app = await createApp(visitor, slug);
  const first = await takesToken(server, { ...app, by: 'basic' }, audience, verificationKey);
  assert.equal(first.credential.kind, 'access_token');
  assert.equal(first.subject, app.id);

  await page.goto(`/orgs/${slug}/apps/${app.id}`);
  await page.getByRole('button', { name: 'Add a client secret' }).click();
  await page.waitForURL(/\/created/);
  const second = await secretShownOnce(visitor, clientSecret);
  assert.notEqual(second, app.secret);
  await takesToken(server, { id: app.id, secret: second, by: 'basic' }, audience, verificationKey);
  await takesToken(server, { ...app, by: 'basic' }, audience, verificationKey);

  await takesToken(server, { ...app, by: 'post' }, audience, verificationKey);
  assert.equal((await token(server.url, { ...app, secret: 'wrong', by: 'post' }, { resource: audience })).body.error, 'invalid_client');

  await page.goto(`/orgs/${slug}/apps/${app.id}`);
  const issued = await token(server.url, { ...app, by: 'post' }, { resource: audience });
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByText('App disabled.').waitFor();
  const refused = await token(server.url, { ...app, by: 'post' }, { resource: audience });
  assert.equal(refused.status, 401);
  assert.equal(refused.body.error, 'invalid_client');
  assert.equal((await verify(server.url, verificationKey, issued.body.access_token)).code, 'DISABLED');
});

async function createApp(visitor, slug) {
  const { page } = visitor;
  await page.goto(`/orgs/${slug}/apps/new`);
  await page.getByLabel('Name', { exact: true }).fill('Nightly import');
  await grantApi(visitor, 'Billing', ['bills:read']);
  await page.getByRole('button', { name: 'Create app' }).click();
  await page.waitForURL(/\/created/);
  const id = new URL(page.url()).pathname.split('/').at(-2);
  return { id, secret: await secretShownOnce(visitor, clientSecret) };
}

async function takesToken(server, client, audience, verificationKey) {
  const answer = await token(server.url, client, { resource: audience });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.body.token_type, 'Bearer');
  assert.match(answer.headers.get('cache-control'), /no-store/);
  const verified = await verify(server.url, verificationKey, answer.body.access_token, { scopes: ['bills:read'] });
  assert.equal(verified.code, 'VALID');
  return verified;
}
