// Apps that prove who they are by a certificate: set up on the pages, used by curl at our own TLS listener.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { Certificates, curl } from '../support/certificates.mjs';
import { verify } from '../support/http.mjs';
import { freePort } from '../support/ports.mjs';
import { copiedCall } from '../support/program.mjs';
import { createApi, createOrg, createVerificationKey, grantApi, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

// where the certificates of this file's clients and servers are: made before the portal starts, which reads them
const folder = await mkdtemp(join(tmpdir(), 'latchkey-certificates-'));
const certificates = new Certificates(folder);
const port = await freePort();
const listener = `https://localhost:${port}`;
const shown = {};

before(async () => {
  await certificates.selfSigned('servers', '/CN=servers', { authority: true });
  await certificates.signed('server', '/CN=localhost', 'servers', ['basicConstraints=CA:FALSE', 'subjectAltName=DNS:localhost']);
  await certificates.selfSigned('clients', '/CN=clients', { authority: true });
  const names = ['basicConstraints=CA:FALSE', 'extendedKeyUsage=clientAuth', 'subjectAltName=DNS:till.example.com'];
  shown.till = await certificates.signed('till', '/CN=till', 'clients', names);
  shown.own = await certificates.selfSigned('own', '/CN=own');
});
after(() => rm(folder, { recursive: true, force: true }));

const walk = walks({
  environment: {
    LATCHKEY_MTLS_LISTEN: `127.0.0.1:${port}`,
    LATCHKEY_MTLS_CERT_FILE: certificates.file('server.pem'),
    LATCHKEY_MTLS_KEY_FILE: certificates.file('server.key'),
    LATCHKEY_MTLS_CLIENT_CA_FILE: certificates.file('clients.pem'),
    LATCHKEY_MTLS_PUBLIC_URL: listener,
  },
});

walk('an app with a certificate of its own, then with a name that an authority vouches for', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Tills', `tills-${unique}`);
  const audience = `https://receipts-${unique}.example`;
  await createApi(visitor, slug, { name: 'Receipts', audience, scopes: { 'receipts:write': 'Write receipts' } });
  const verificationKey = await createVerificationKey(visitor, 'Receipt service');

  await page.goto(`/orgs/${slug}/apps/new`);
  await page.getByLabel('Name', { exact: true }).fill('Till');
  await page.getByRole('radio', { name: /^A certificate/ }).check();
  await page.getByLabel('Its certificates').fill(shown.own.pem);
  await grantApi(visitor, 'Receipts', ['receipts:write']);
  await page.locator('summary', { hasText: 'Advanced' }).click();
  await page.getByLabel('Its tokens are bound to').selectOption('certificate');
  await page.getByRole('button', { name: 'Create app' }).click();
  // no secret, so nothing to show once
  await page.getByText('App created.').waitFor();
  await page.getByText('self_signed_tls_client_auth').waitFor();
  await page.getByText(shown.own.thumbprint).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Add a client secret' }).count(), 0);
  const path = new URL(page.url()).pathname;
  const call = await copiedCall(page, 'by its certificate');
  assert.ok(call.includes(`${listener}/oauth/token`) && call.includes('--cert'), call);

  const form = { grant_type: 'client_credentials', client_id: path.split('/').at(-1), resource: audience };
  const ask = (as) => curl(certificates, `${listener}/oauth/token`, { as, form });
  const takesToken = async (as) => {
    const { status, body } = await ask(as);
    assert.equal(status, 200, JSON.stringify(body));
    const code = async (certificate) => (await verify(server.url, verificationKey, body.access_token, { certificate, scopes: ['receipts:write'] })).code;
    assert.equal(await code(shown[as].pem), 'VALID');
    assert.equal(await code(shown[as === 'own' ? 'till' : 'own'].pem), 'BAD_SIGNATURE');
  };
  const isRefused = async (as) => {
    const { status, body } = await ask(as);
    assert.deepEqual([status, body.error], [401, 'invalid_client'], as);
  };
  await takesToken('own');
  for (const as of ['till', undefined]) await isRefused(as);

  // what is no certificate is said at its field, and what was typed stays
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Its certificates').fill('no certificate');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('Its certificates').inputValue(), 'no certificate');
  await takesToken('own');

  await page.getByLabel('Its certificates').fill('');
  await page.getByLabel('Or one name in them').selectOption('DNS name');
  await page.getByLabel('That name').fill('till.example.com');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved.').waitFor();
  await page.getByText('till.example.com').waitFor();
  assert.equal(new URL(page.url()).pathname, path);
  assert.equal(await page.getByText(shown.own.thumbprint).count(), 0);
  await takesToken('till');
  for (const as of ['own', undefined]) await isRefused(as);

  await page.reload();
  const facts = page.locator('dl').first();
  assert.doesNotMatch(await facts.innerText(), /Last token\s+Never/);
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByText('App disabled.').waitFor();
  await isRefused('till');
});
