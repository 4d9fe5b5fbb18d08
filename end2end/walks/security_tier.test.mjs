// The security tier: an owner sees what a stricter one would refuse before taking it, and takes it back.
import assert from 'node:assert/strict';
import { verify } from '../support/http.mjs';
import { createApi, createKey, createOrg, createVerificationKey, row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('see what a tier would refuse, take it, and go back', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Vault', `vault-${unique}`);
  const audience = `https://vault-${unique}.example`;
  await createApi(visitor, slug, { name: 'Vault', audience });
  const verificationKey = await createVerificationKey(visitor, 'Vault service');
  const key = await createKey(visitor, slug, { audience, name: 'Endless' });
  const code = async () => (await verify(server.url, verificationKey, key.secret)).code;

  await page.goto(`/orgs/${slug}/settings`);
  await page.getByRole('link', { name: 'What it demands, and change it' }).click();
  await page.getByText("Today's tier").waitFor();
  await page.getByRole('link', { name: 'What would High change?' }).click();
  const preview = page.locator('#preview');
  await preview.getByText('High refuses one credential that works today').waitFor();
  assert.match(await row(preview, 'Endless').innerText(), /API key/);
  assert.equal(await code(), 'VALID', 'a look changes nothing');

  // somebody makes another one meanwhile: what was seen is no longer what would happen
  const meanwhile = await visitor.newPage();
  await createKey({ ...visitor, page: meanwhile }, slug, { audience, name: 'Meanwhile' });
  await meanwhile.close();
  await page.getByRole('button', { name: 'Take High and refuse 1' }).click();
  await page.getByRole('alert').waitFor();
  await preview.getByText('High refuses 2 credentials that work today').waitFor();
  assert.equal(await code(), 'VALID');
  await page.getByRole('button', { name: 'Take High and refuse 2' }).click();
  await page.getByText('Saved.').waitFor();
  assert.equal(await code(), 'DISABLED');

  await page.getByRole('link', { name: 'What would Low change?' }).click();
  await preview.getByText('Low refuses nothing that works today.').waitFor();
  await page.getByRole('button', { name: 'Take Low', exact: true }).click();
  await page.getByText('Saved.').waitFor();
  assert.equal(await code(), 'VALID');
});
