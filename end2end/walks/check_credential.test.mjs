// Somebody asks why a call is refused: a developer pastes the credential, and reads what verification answers, and why.
import assert from 'node:assert/strict';
import { verify } from '../support/http.mjs';
import { confirm, createApi, createKey, createOrg, createVerificationKey, row, signIn } from '../support/steps.mjs';
import { until } from '../support/wait.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('paste a credential, see the verdict and why, and leave nothing behind', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Support', `support-${unique}`);
  await page.goto(`/orgs/${slug}/check-credential`);
  await page.getByText('First, an API').waitFor();

  const audience = `https://tickets-${unique}.example`;
  const scopes = { 'tickets:read': 'Read tickets', 'tickets:write': 'Write tickets' };
  const api = await createApi(visitor, slug, { name: 'Tickets', audience, scopes });
  const verificationKey = await createVerificationKey(visitor, 'Ticket service');
  await createApi(visitor, slug, { name: 'Invoices', audience: `https://invoices-${unique}.example` });
  const key = await createKey(visitor, slug, { audience, name: 'Help desk', scopes: ['tickets:read'] });
  const other = await createKey(visitor, slug, { audience: `https://invoices-${unique}.example`, name: 'Elsewhere' });

  await page.goto(api);
  await page.getByRole('link', { name: 'Check a credential' }).click();
  const chosen = page.getByLabel('API', { exact: true });
  assert.match(await chosen.locator('option:checked').innerText(), /^Tickets /);
  const check = async (credential, call = {}) => {
    await page.getByLabel('Credential', { exact: true }).fill(credential);
    const more = page.locator('details.more', { hasText: 'The call: scopes' });
    if (Object.keys(call).length && (await more.getAttribute('open')) === null) await more.locator('summary').click();
    for (const [label, value] of Object.entries(call)) await page.getByLabel(label).fill(value);
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Check credential' }).click();
    const answer = await answered;
    assert.match(answer.headers()['cache-control'], /no-store/);
    assert.ok(!page.url().includes('lk_'), 'it stands in the address');
    assert.ok(!(await page.content()).includes(credential), 'the credential comes back');
    assert.equal(await page.getByLabel('Credential', { exact: true }).inputValue(), '');
    return page.getByRole('status');
  };

  const verdict = await check(key.secret, { Scopes: 'tickets:read' });
  await verdict.getByText('VALID', { exact: true }).waitFor();
  const report = page.locator('#report');
  await report.getByRole('link', { name: 'Help desk' }).waitFor();
  await row(report, 'Scope tickets:read').getByText("The API is its organisation's own").waitFor();
  assert.equal(await page.getByLabel('Scopes').inputValue(), 'tickets:read', 'the rest of the call stays');

  await (await check(key.secret, { Scopes: 'tickets:read tickets:write' })).getByText('INSUFFICIENT_SCOPE').waitFor();
  await report.locator('.scope', { hasText: 'tickets:write' }).waitFor();

  // another API's key looks like a secret that is no credential at all
  const looks = [];
  for (const secret of [other.secret, verificationKey]) {
    await (await check(secret)).getByText('NOT_FOUND', { exact: true }).waitFor();
    looks.push((await report.innerText()).replace(/revision \d+/, ''));
  }
  assert.equal(looks[0], looks[1]);
  await (await check(key.secret.slice(0, -1))).getByText('MALFORMED', { exact: true }).waitFor();

  await page.getByLabel(/^Address/).fill('somewhere');
  await page.getByLabel('Credential', { exact: true }).fill(key.secret);
  await page.getByRole('button', { name: 'Check credential' }).click();
  await page.getByRole('alert').getByText('Write one address').waitFor();
  visitor.forgive('422');
  assert.ok(!(await page.content()).includes(key.secret));
  await page.getByLabel(/^Address/).fill('');

  // the one call that follows is the only one that counts
  assert.equal((await verify(server.url, verificationKey, key.secret)).code, 'VALID');
  await until('the call is counted', async () => {
    await page.goto(`/orgs/${slug}/keys/${key.id}`);
    return page.getByText(/^1 call in the last 24 hours/).count();
  });
  await confirm(page, 'Revoke…', 'Revoke key');
  await page.getByText('Key revoked.').waitFor();
  await page.goto(`/orgs/${slug}/keys`);
  await page.getByRole('link', { name: 'Check a credential' }).click();
  await chosen.selectOption({ label: `Tickets (${audience})` });
  await (await check(key.secret)).getByText('REVOKED', { exact: true }).waitFor();
  assert.equal((await verify(server.url, verificationKey, key.secret)).code, 'REVOKED');
  assert.ok(!server.output.includes(key.secret), 'it stands in the log');
});
