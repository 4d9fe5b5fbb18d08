// An app: tokens by Basic and by post, a second secret, switched off; its limits.
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

walk('limits of an app are told where they are wrong, hold for its tokens, and go again', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Limits', `limits-${unique}`);
  const audience = `https://meters-${unique}.example`;
  await createApi(visitor, slug, { name: 'Billing', audience, scopes: { 'bills:read': 'See bills' } });
  const verificationKey = await createVerificationKey(visitor, 'Meter service');

  for (const kind of ['apps', 'service-accounts']) {
    await page.goto(`/orgs/${slug}/${kind}/new`);
    await page.getByLabel('Name', { exact: true }).fill('Counted');
    await page.locator('summary', { hasText: 'Advanced' }).click();
    await page.getByLabel('Rate limits').fill('hourly: 2');
    await page.getByRole('main').getByRole('button', { name: /^Create/ }).click();
    await page.getByRole('alert').getByRole('link', { name: /^Rate limits: Line 1/ }).waitFor();
    assert.match(await page.locator('#rate_limits-error').innerText(), /Line 1/);
    assert.equal(await page.getByLabel('Rate limits').inputValue(), 'hourly: 2');
    await page.getByLabel('Rate limits').fill('hourly = 2 / 1h');
  }
  await page.getByRole('main').getByRole('button', { name: 'Create service account' }).click();
  await page.getByText('hourly: 2 left of 2 per hour').waitFor();
  await page.goto(`/orgs/${slug}/apps/new`);
  await page.locator('summary', { hasText: 'Advanced' }).click();
  await page.getByLabel('Rate limits').fill('hourly = 2 / 1h');
  const app = await finishApp(visitor);
  const { body } = await token(server.url, { ...app, by: 'basic' }, { resource: audience });
  const codes = [];
  for (let call = 0; call < 3; call += 1) codes.push((await verify(server.url, verificationKey, body.access_token, { cost: 1 })).code);
  assert.deepEqual(codes, ['VALID', 'VALID', 'RATE_LIMITED']);
  await page.goto(`/orgs/${slug}/apps/${app.id}`);
  await page.getByText('hourly: 0 left of 2 per hour').waitFor();
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  assert.equal((await page.getByLabel('Rate limits').inputValue()).trim(), 'hourly = 2 / 1h');
  await page.getByLabel('Rate limits').fill('');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved.').waitFor();
  assert.equal(await page.getByText('left of 2').count(), 0);
  assert.equal((await verify(server.url, verificationKey, body.access_token, { cost: 1 })).code, 'VALID');
});

async function createApp(visitor, slug) {
  await visitor.page.goto(`/orgs/${slug}/apps/new`);
  return finishApp(visitor);
}

async function finishApp(visitor) {
  const { page } = visitor;
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
