// The OpenAPI document of an API: uploaded, looked at, applied or discarded; what verify says follows it.
import assert from 'node:assert/strict';
import { verify } from '../support/http.mjs';
import { createApi, createKey, createOrg, createVerificationKey, row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

const flow = (scopes) => ({ type: 'oauth2', flows: { clientCredentials: { tokenUrl: 'https://keys.example/oauth/token', scopes } } });
const needs = (operationId, ...scopes) => ({ operationId, security: [{ latchkey: scopes }], responses: { 200: { description: 'Done' } } });

/** A document with these operations. */
function document(version, paths) {
  const scopes = { 'parcels:read': 'See parcels', 'parcels:send': 'Send parcels' };
  const components = { securitySchemes: { latchkey: flow(scopes) } };
  return JSON.stringify({ openapi: '3.1.0', info: { title: 'Parcels', version }, components, paths });
}

const first = document('1', {
  '/parcels': { get: needs('listParcels', 'parcels:read'), post: needs('sendParcel', 'parcels:send') },
  '/health': { get: { ...needs('health'), security: [] } },
});
// listing takes another scope, sending is gone, tracking is new
const second = document('2', {
  '/parcels': { get: needs('listParcels', 'parcels:send') },
  '/parcels/{id}': { get: needs('trackParcel', 'parcels:read') },
  '/health': { get: { ...needs('health'), security: [] } },
});

walk('upload a document, see what it changes, apply it; a second one names whom it would refuse', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Parcels', `parcels-${unique}`);
  const audience = `https://parcels-of-${unique}.example`;
  const api = await createApi(visitor, slug, { name: 'Parcels', audience, scopes: { 'parcels:read': 'See parcels' } });
  const verificationKey = await createVerificationKey(visitor, 'Parcel service');
  const reader = await createKey(visitor, slug, { audience, name: 'Tracking page', scopes: ['parcels:read'] });
  const asks = async (method, path) => (await verify(server.url, verificationKey, reader.secret, { operation: { method, path } })).code;

  await page.goto(api);
  await page.getByRole('link', { name: 'Upload a document' }).click();
  await upload(page, 'neither YAML nor JSON: [');
  await page.getByRole('alert').getByText('OpenAPI document').waitFor();
  await upload(page, first);
  await page.getByText('3 new, 0 gone, 0 changed, 0 as before').waitFor();
  await row(page.getByRole('table', { name: 'Scopes' }), 'parcels:send').getByText('Is made').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByText('The document was discarded.').waitFor();
  await page.getByText('No document is in force.').waitFor();

  await upload(page, first);
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('The document is in force.').waitFor();
  assert.match(await row(page, 'POST /parcels').innerText(), /parcels:send/);
  assert.equal(await asks('GET', '/parcels'), 'VALID');
  assert.equal(await asks('POST', '/parcels'), 'INSUFFICIENT_SCOPE');

  await page.locator('summary', { hasText: 'Upload a document' }).click();
  await upload(page, second);
  await page.getByText('1 new, 1 gone, 1 changed, 1 as before').waitFor();
  const refused = page.locator('#newly-refused');
  const calls = await row(refused, 'Tracking page').innerText();
  assert.match(calls, /GET \/parcels\s+lacks\s+parcels:send/);
  assert.equal(await asks('GET', '/parcels'), 'VALID', 'a document that is only looked at changes nothing');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('The document is in force.').waitFor();
  assert.equal(await asks('GET', '/parcels'), 'INSUFFICIENT_SCOPE');
  assert.equal(await asks('GET', '/parcels/7'), 'VALID');

  // a key by operations: the scopes follow from the document
  await page.goto(`/orgs/${slug}/keys/new`);
  await page.getByRole('radio', { name: new RegExp(audience) }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Name', { exact: true }).fill('By operation');
  await page.getByRole('checkbox', { name: /^trackParcel/ }).check();
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.waitForURL(/\/created/);
  await page.getByRole('link', { name: 'I have kept it' }).click();
  await page.locator('.definitions').getByText('parcels:read').waitFor();
});

walk('an app chooses operations of an API that it ticks', async ({ visitor, page, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Couriers', `couriers-${unique}`);
  const api = await createApi(visitor, slug, { name: 'Routes', audience: `https://routes-${unique}.example` });
  await page.goto(`${api}/operations`);
  await upload(page, first);
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('The document is in force.').waitFor();

  await page.goto(`/orgs/${slug}/apps/new`);
  await page.getByLabel('Name', { exact: true }).fill('Dispatcher');
  const grant = page.locator('details.grant', { hasText: `https://routes-${unique}.example` });
  await grant.locator('summary').click();
  await grant.getByRole('button', { name: 'Choose operations' }).click();
  await grant.getByRole('checkbox', { name: /^sendParcel/ }).waitFor();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Dispatcher', 'what was typed stays');
  assert.equal(await page.getByRole('alert').count(), 0, 'nothing is wrong');
  await grant.getByRole('checkbox', { name: 'Tokens for this API' }).check();
  await grant.getByRole('checkbox', { name: /^sendParcel/ }).check();
  await page.getByRole('button', { name: 'Create app' }).click();
  await page.waitForURL(/\/created/);
  await page.getByRole('link', { name: 'I have kept it' }).click();
  assert.match(await row(page, 'Routes').first().innerText(), /parcels:send/);
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  assert.ok(await grant.getByRole('checkbox', { name: /^sendParcel/ }).isChecked());
});

async function upload(page, text) {
  await page.getByLabel('OpenAPI document').setInputFiles({ name: 'openapi.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await page.getByRole('button', { name: 'Show what it changes' }).click();
}
