// A service account from its making to its end.
import assert from 'node:assert/strict';
import { send, verify } from '../support/http.mjs';
import { copiedCall, Program } from '../support/program.mjs';
import { confirm, createApi, createOrg, createVerificationKey, row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('create a service account, give it a key, use its token, disable and revoke it', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Programs', `programs-${unique}`);
  const audience = `https://deploys-${unique}.example`;
  await createApi(visitor, slug, { name: 'Deploys', audience, scopes: { 'deploys:write': 'Deploy' } });
  const verificationKey = await createVerificationKey(visitor, 'Deploy service');
  const program = await Program.create('rsa', { modulusLength: 2048 });

  await page.goto(`/orgs/${slug}`);
  const menu = page.getByRole('navigation', { name: 'Main' });
  await menu.getByRole('link', { name: 'Service accounts' }).click();
  await page.getByText('No service accounts yet').waitFor();
  await page.getByRole('main').getByRole('link', { name: 'New service account' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('Deployment');
  await page.getByRole('radio', { name: /^Developer/ }).check();
  await page.getByRole('button', { name: 'Create service account' }).click();
  await page.getByText('Service account created.').waitFor();
  const path = new URL(page.url()).pathname;

  await page.locator('summary', { hasText: 'Add a public key' }).click();
  await page.getByLabel('Public key', { exact: true }).fill(JSON.stringify(program.jwk));
  await page.getByRole('button', { name: 'Add key' }).click();
  await page.getByText('Public key added.').waitFor();
  await row(page, 'RS256').waitFor();

  const call = await copiedCall(page, 'For an API');
  const token = await program.gets(call);
  const verified = await verify(server.url, verificationKey, token, { scopes: ['deploys:write'] });
  assert.deepEqual([verified.code, verified.subject], ['VALID', path.split('/').at(-1)]);
  const management = await program.gets(await copiedCall(page, 'For the management API'));
  assert.equal((await send(`${server.url}/api/v1/orgs/${slug}/apis`, { bearer: management })).status, 200);

  await page.goto(path);
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByText('Service account disabled.').waitFor();
  assert.equal((await verify(server.url, verificationKey, token)).code, 'DISABLED');
  assert.equal((await program.runs(call)).error, 'invalid_grant');
  assert.equal((await send(`${server.url}/api/v1/orgs/${slug}/apis`, { bearer: management })).status, 401);
  await page.getByRole('button', { name: 'Enable', exact: true }).click();
  await page.getByText('Service account enabled.').waitFor();
  assert.equal((await verify(server.url, verificationKey, token)).code, 'VALID');

  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.getByRole('radio', { name: /^Only what is ticked/ }).check();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved.').waitFor();
  await page.getByText('None: it gets tokens for the management API only.').waitFor();
  assert.equal((await program.runs(call)).error, 'invalid_target');

  await confirm(page, 'Revoke…', 'Revoke service account', { Reason: 'Found in a log' });
  await page.getByText('Service account revoked.').waitFor();
  await page.getByText(/^Revoked .*Found in a log/).waitFor();
  assert.equal((await verify(server.url, verificationKey, token)).code, 'REVOKED');
  assert.equal(await page.getByRole('button', { name: 'Enable' }).count(), 0);

  await page.goto(`/orgs/${slug}/service-accounts`);
  await page.getByRole('searchbox').fill('Depl');
  await page.getByRole('button', { name: 'Search' }).click();
  assert.match(await row(page, 'Deployment').innerText(), /Revoked/);
  await program.end();
});
