// Programs that register apps by themselves (RFC 7591), and the token with which they do.
import assert from 'node:assert/strict';
import { postJson, token, verify } from '../support/http.mjs';
import { confirm, createApi, createOrg, createVerificationKey, grantApi, row, secretShownOnce, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('make an initial access token, register an app with it, use the app, end the token', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Registration', `registration-${unique}`);
  const audience = `https://parcels-${unique}.example`;
  await createApi(visitor, slug, { name: 'Parcels', audience, scopes: { 'parcels:read': 'See parcels', 'parcels:send': 'Send parcels' } });
  const verificationKey = await createVerificationKey(visitor, 'Parcel service');

  await page.goto(`/orgs/${slug}/apps`);
  await page.getByRole('link', { name: 'Let programs register' }).click();
  await page.getByText('No initial access tokens').waitFor();
  const initial = await makeToken(visitor, { name: 'Deployment', uses: '2', scopes: ['parcels:read'] });
  assert.match(await row(page, 'Deployment').innerText(), /Parcels\s+2\s+in 7 days/);

  const register = (wishes) => postJson(`${server.url}/oauth/register`, initial, { client_name: 'Label printer', ...wishes });
  const tooMuch = await register({ scope: 'parcels:read parcels:send' });
  assert.deepEqual([tooMuch.status, tooMuch.body.error], [400, 'invalid_client_metadata']);
  const { status, body: client } = await register({ scope: 'parcels:read' });
  assert.equal(status, 201, JSON.stringify(client));
  await page.reload();
  assert.match(await row(page, 'Deployment').innerText(), /Parcels\s+1\s/);

  await page.goto(`/orgs/${slug}/apps`);
  await row(page, 'Label printer').getByRole('link').first().click();
  await page.getByText(client.client_id).first().waitFor();
  await row(page, 'Parcels').getByText('parcels:read').waitFor();
  const issued = await token(server.url, { id: client.client_id, secret: client.client_secret, by: 'basic' }, { resource: audience });
  assert.deepEqual([issued.status, issued.body.scope], [200, 'parcels:read'], JSON.stringify(issued.body));
  const verified = await verify(server.url, verificationKey, issued.body.access_token, { scopes: ['parcels:read'] });
  assert.deepEqual([verified.code, verified.subject], ['VALID', client.client_id]);

  await page.goto(`/orgs/${slug}/initial-access-tokens`);
  await confirm(page, 'Revoke…', 'Revoke token');
  await page.getByText('Initial access token revoked.').waitFor();
  await page.getByText('No initial access tokens').waitFor();
  const refused = await register({});
  assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_token']);
  // what it registered stays
  assert.equal((await verify(server.url, verificationKey, issued.body.access_token)).code, 'VALID');
});

async function makeToken(visitor, { name, uses, scopes }) {
  const { page } = visitor;
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Apps that it may register').fill(uses);
  await grantApi(visitor, 'Parcels', scopes);
  await page.getByRole('button', { name: 'Create initial access token' }).click();
  await page.getByText('Your initial access token').waitFor();
  return secretShownOnce(visitor, /^lk_\w+_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/);
}
