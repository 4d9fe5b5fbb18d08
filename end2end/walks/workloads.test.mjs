// Tokens from outside: a rule, the tester that says what fits, and a token by it. Identity providers beside it.
import assert from 'node:assert/strict';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { copiedCall, Program } from '../support/program.mjs';
import { createApi, createOrg, row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();
const issuer = 'https://kubernetes.default.svc';

/** A private cluster: an issuer that nobody can reach, whose keys are given. */
async function cluster() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'cluster-1', alg: 'RS256', use: 'sig' };
  const token = (audience, claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'cluster-1' }).setIssuer(issuer).setAudience([audience])
      .setIssuedAt().setExpirationTime('10m').sign(privateKey);
  return { jwks: { keys: [jwk] }, token };
}

walk('a pod proves who it is by a rule, and the tester says which', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Cluster', `cluster-${unique}`);
  const audience = `https://shop-${unique}.example`;
  await createApi(visitor, slug, { name: 'Shop', audience });
  await page.goto(`/orgs/${slug}/service-accounts/new`);
  await page.getByLabel('Name', { exact: true }).fill('Pod of the shop');
  await page.getByRole('button', { name: 'Create service account' }).click();
  await page.getByText('Service account created.').waitFor();
  const account = new URL(page.url()).pathname.split('/').at(-1);
  const { jwks, token } = await cluster();

  await page.goto(`/orgs/${slug}/workload-rules`);
  await page.getByText('No workload rules yet').waitFor();
  const form = page.locator('form', { hasText: 'Create rule' });
  await form.getByLabel('Issuer', { exact: true }).fill(issuer);
  await form.getByLabel('Claims').fill('no equals sign');
  await form.getByRole('button', { name: 'Create rule' }).click();
  await page.getByRole('alert').getByText('has no =').waitFor();
  await form.getByLabel('Claims').fill('sub = system:serviceaccount:shop:cart\n/kubernetes.io/namespace = shop');
  await form.locator('summary').click();
  await form.getByLabel('Keys of the issuer').fill(JSON.stringify(jwks));
  await form.getByRole('button', { name: 'Create rule' }).click();
  await page.getByText('Workload rule created.').waitFor();

  const pod = (namespace) => token(server.url, { sub: 'system:serviceaccount:shop:cart', 'kubernetes.io': { namespace } });
  const good = await pod('shop');
  await tests(page, slug, good);
  await page.getByText(`It stands for ${account}.`).waitFor();
  assert.ok(!(await page.content()).includes(good), 'the token comes back');
  assert.equal(await page.getByRole('textbox', { name: 'Token' }).inputValue(), '');
  await tests(page, slug, await pod('evil'));
  await page.getByText('No rule takes it.').waitFor();
  assert.match(await row(page, '/kubernetes.io/namespace').innerText(), /shop\s+evil\s+Doesn't fit/);
  assert.match(await row(page, 'Signature').innerText(), /Fits/);
  await visitor.page.getByRole('textbox', { name: 'Token' }).fill('no token');
  await page.getByRole('button', { name: 'Test token' }).click();
  await page.getByRole('alert').waitFor();
  visitor.forgive('422');

  await page.goto(`/orgs/${slug}/workload-rules`);
  const program = await Program.create();
  const call = await copiedCall(page, 'With a token from outside');
  await program.gets(call, { OUTSIDE_TOKEN: good, API: audience });
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete rule' }).click();
  await page.getByText('Workload rule deleted.').waitFor();
  assert.equal((await program.runs(call, { OUTSIDE_TOKEN: await pod('shop'), API: audience })).error, 'invalid_grant');
  await program.end();
});

async function tests(page, slug, token) {
  await page.goto(`/orgs/${slug}/workload-rules/test`);
  await page.getByRole('textbox', { name: 'Token' }).fill(token);
  await page.getByRole('button', { name: 'Test token' }).click();
}

walk('trust an identity provider, and no longer', async ({ visitor, page, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Providers', `providers-${unique}`);
  await page.goto(`/orgs/${slug}/workload-rules`);
  await page.getByRole('link', { name: 'Identity providers' }).click();
  await page.getByLabel('Issuer', { exact: true }).fill('https://login.acme.example');
  await page.getByLabel('Audience', { exact: true }).fill('web-shop');
  await page.getByRole('button', { name: 'Trust it' }).click();
  await page.getByText('Identity provider trusted.').waitFor();
  assert.match(await row(page, 'https://login.acme.example').innerText(), /web-shop/);
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Trust no longer' }).click();
  await page.getByText('No identity providers yet').waitFor();
});
