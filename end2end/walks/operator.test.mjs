// Who runs the installation finds any credential, ends it, and shuts a whole organisation out.
import assert from 'node:assert/strict';
import { postJson, verify } from '../support/http.mjs';
import { confirm, createApi, createKey, createOrg, createVerificationKey, row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

// Ben runs it: Ada's organisation is none of his
const walk = walks({ environment: { LATCHKEY_OPERATORS: 'ben@example.com' } });

walk('find a credential, revoke it, suspend its organisation and let it back in', async ({ visitor: ada, server, arrive, unique }) => {
  await signIn(ada, 'Ada');
  await ada.go('/operator', 404);
  const slug = await createOrg(ada, `Bakery ${unique}`, `bakery-${unique}`);
  const audience = `https://bakery-${unique}.example`;
  await createApi(ada, slug, { name: 'Ovens', audience, scopes: { 'ovens:read': 'See ovens' } });
  const verificationKey = await createVerificationKey(ada, 'Ovens');
  const leaked = await createKey(ada, slug, { audience, name: `Leaked ${unique}` });
  const good = await createKey(ada, slug, { audience, name: `Good ${unique}` });
  const code = async (key) => (await verify(server.url, verificationKey, key.secret)).code;

  const ben = await arrive();
  await signIn(ben, 'Ben', '/operator');
  const { page } = ben;
  const credentials = page.getByRole('table', { name: 'Credentials' });
  await findsOnly(ben, leaked.id, [leaked]);
  await findsOnly(ben, leaked.id.slice(0, 12), [leaked]);
  await findsOnly(ben, leaked.secret.slice(0, 'lk_live_'.length + 16), [leaked]); // as it stands in somebody's log
  await findsOnly(ben, `leaked ${unique}`, [leaked]);
  await findsOnly(ben, slug, [good, leaked]);
  await search(ben, 'key_0000000000000000');
  await page.getByText('No credentials found').waitFor();

  await findsOnly(ben, leaked.id, [leaked]);
  await confirm(page, 'Revoke…', 'Revoke credential', { Reason: 'found in a public log' });
  await page.getByText('Credential revoked.').waitFor();
  await row(credentials, leaked.id).getByText('Revoked', { exact: true }).waitFor();
  assert.equal(await code(leaked), 'REVOKED');
  assert.equal(await code(good), 'VALID');
  await ada.go(`/orgs/${slug}/keys/${leaked.id}`);
  await ada.page.getByText('found in a public log').waitFor();

  await suspendAndBack({ ada, ben, slug, good, verificationKey, server });
});

async function suspendAndBack({ ada, ben: { page, ...ben }, slug, good, verificationKey, server }) {
  // its own API can't ask any more either, so somebody else's must tell: the demo organisation's is public
  const elsewhere = await otherVerificationKey(ada, slug);
  const foreign = elsewhere.key.secret;
  assert.equal((await verify(server.url, elsewhere.verificationKey, foreign)).code, 'VALID');

  await search({ page, ...ben }, slug);
  await confirm(page, 'Suspend…', 'Suspend organisation');
  await page.getByText('Organisation suspended.').waitFor();
  const org = row(page.getByRole('table', { name: 'Organisations' }), slug);
  await org.getByText('Suspended', { exact: true }).waitFor();
  assert.equal((await verify(server.url, elsewhere.verificationKey, foreign)).code, 'ORGANISATION_SUSPENDED');
  assert.equal((await postJson(`${server.url}/v1/verify`, verificationKey, { credential: good.secret })).status, 401);
  await ada.page.goto(`/orgs/${slug}`);
  await ada.page.getByText('An operator suspended this organisation').waitFor();

  await org.getByRole('button', { name: 'Unsuspend', exact: true }).click();
  await page.getByText('Organisation unsuspended.').waitFor();
  assert.equal((await verify(server.url, elsewhere.verificationKey, foreign)).code, 'VALID');
  assert.equal((await verify(server.url, verificationKey, good.secret)).code, 'VALID');
  await ada.page.reload();
  assert.equal(await ada.page.getByText('An operator suspended this organisation').count(), 0);
}

/** A key of this organisation for the demo organisation's API, and a verification key of that one. */
async function otherVerificationKey(visitor, slug) {
  const { page } = visitor;
  await page.goto('/orgs/demo/apis');
  await page.getByRole('main').getByRole('link', { name: 'Orders' }).first().click();
  await page.locator('#verification-keys').waitFor();
  const verificationKey = await createVerificationKey(visitor, `Asks about ${slug}`);
  const key = await createKey(visitor, slug, { audience: 'https://orders.example', name: 'Flour' });
  return { key, verificationKey };
}

async function search({ page }, words) {
  await page.goto('/operator');
  await page.getByRole('searchbox').fill(words);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('heading', { name: 'Credentials', exact: true }).waitFor();
}

async function findsOnly(visitor, words, keys) {
  await search(visitor, words);
  const ids = visitor.page.getByRole('table', { name: 'Credentials' }).locator('tbody code');
  assert.deepEqual((await ids.allInnerTexts()).sort(), keys.map(({ id }) => id).sort(), words);
}
