// Sign-in through npm oidc-provider: two of them beside each other, one of which is believed about addresses.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { answerAbroad, providerToml, signInAbroad, startForeignProvider } from '../support/foreign_provider.mjs';
import { freePort } from '../support/ports.mjs';
import { row } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const [first, second] = [await freePort(), await freePort()];
const trusted = { id: 'house', name: 'House', port: first, trustEmail: true };
const foreign = { id: 'elsewhere', name: 'Elsewhere', port: second, trustEmail: false };

const providers = [];
const walk = walks({
  dev: false,
  toml: [trusted, foreign].map(providerToml).join('\n'),
  environment: { LATCHKEY_OPERATORS: 'carol@example.com', LATCHKEY_ORG_CREATION: 'anyone' },
  prepare: async ({ url: portal }) => {
    providers.push(await startForeignProvider({ ...trusted, portal, alg: 'RS256' }));
    providers.push(await startForeignProvider({ ...foreign, portal, alg: 'ES256' }));
  },
});
after(() => providers.forEach((provider) => provider.stop()));

walk('a verified address counts where the provider is trusted', async ({ visitor, page }) => {
  await signInAbroad(visitor, 'House', 'carol', '/account');
  await page.getByText('carol@example.com Verified').waitFor();
  assert.equal(await page.getByRole('definition').filter({ hasText: `http://localhost:${first}` }).count(), 1);
  await visitor.go('/operator'); // named by her address
});

walk('an unverified address counts nowhere', async ({ visitor, page }) => {
  await signInAbroad(visitor, 'House', 'dora', '/account');
  await page.getByText('dora@example.com Not verified here').waitFor();
});

// F-32: the same address elsewhere is another person
walk('the same address from another provider is not believed', async ({ visitor, page, arrive }) => {
  await signInAbroad(visitor, 'Elsewhere', 'carol', '/account');
  await page.getByText('carol@example.com Not verified here').waitFor();
  assert.ok([403, 404].includes((await page.goto('/operator')).status()));
  visitor.forgive('the server responded with a status of');
  const known = await arrive();
  await signInAbroad(known, 'House', 'carol', '/account');
  await page.goto('/account');
  const id = (person) => person.page.locator('#user-id').innerText();
  assert.notEqual(await id(visitor), await id(known));
});

// RFC 9207, RFC 9700 section 4.4: an answer that names another issuer, or none, signs nobody in
walk('an answer of another issuer is refused', async ({ visitor, page, arrive }) => {
  for (const issuer of [`http://localhost:${second}`, undefined]) {
    const person = await arrive();
    const callback = await answerAbroad(person, 'House', 'carol');
    callback.searchParams.delete('iss');
    if (issuer) callback.searchParams.set('iss', issuer);
    await person.page.goto(callback.href);
    assert.equal(new URL(person.page.url()).pathname, '/sign-in');
    await person.page.getByRole('alert').getByText('could not be verified').waitFor();
  }
  const callback = await answerAbroad(visitor, 'House', 'carol');
  assert.equal(callback.searchParams.get('iss'), `http://localhost:${first}`);
  await page.goto(callback.href); // as it is, it holds
  assert.notEqual(new URL(page.url()).pathname, '/sign-in');
});

walk('signing out ends at the portal, after the provider asked', async ({ visitor, page, server }) => {
  await signInAbroad(visitor, 'House', 'carol', '/account');
  assert.equal(await row(page, 'This one').count(), 1);
  await page.getByRole('button', { name: 'Sign out' }).filter({ visible: true }).click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await page.waitForURL(`${server.url}/signed-out`);
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
});
