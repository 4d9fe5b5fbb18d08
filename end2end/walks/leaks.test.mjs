// Leaks: a scanner reports a secret, the organisation reads where it was seen, and says what becomes of the next one.
import assert from 'node:assert/strict';
import { leakReporter, reportLeak } from '../support/furnish.mjs';
import { verify } from '../support/http.mjs';
import { createApi, createKey, createOrg, createVerificationKey, row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const reporter = leakReporter();
const walk = walks({ toml: reporter.toml });

walk('a reported secret is listed, marked on its key, and ended where the organisation says so', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Wiki', `wiki-${unique}`);
  const audience = `https://wiki-${unique}.example`;
  await createApi(visitor, slug, { name: 'Wiki', audience });
  const verificationKey = await createVerificationKey(visitor, 'Wiki service');
  const [first, second] = [await createKey(visitor, slug, { audience, name: 'Editor' }), await createKey(visitor, slug, { audience, name: 'Reader' })];

  await page.goto(`/orgs/${slug}/leaks`);
  await page.getByText('No leaks').waitFor();
  await page.getByText('A leaked secret ends at once.').waitFor();
  await chooses(page, 'Stays good; we are told');
  await page.goto(`/orgs/${slug}/leaks`);
  await page.getByText('A leaked secret stays good until somebody here ends it.').waitFor();
  await reportLeak(server, reporter, first.secret);
  await page.reload();
  const leak = row(page, first.id);
  await leak.getByText('Still good').waitFor();
  assert.match(await leak.innerText(), /https:\/\/wiki\.example\/runbooks\/load-test[\s\S]*by Nightly scan/);
  assert.ok(!(await page.content()).includes(first.secret), 'the secret stands there');
  await leak.getByRole('link', { name: first.id }).click();
  await page.getByText('it is still good. Rotate it').waitFor();
  assert.equal((await verify(server.url, verificationKey, first.secret)).code, 'VALID');

  await page.goto(`/orgs/${slug}/leaks`);
  await chooses(page, 'Ends at once');
  await reportLeak(server, reporter, second.secret);
  assert.equal((await verify(server.url, verificationKey, second.secret)).code, 'REVOKED');
  await page.goto(`/orgs/${slug}/leaks`);
  await page.getByText('A leaked secret ends at once.').waitFor();
  await row(page, second.id).getByText('Ended', { exact: true }).waitFor();
  await reportLeak(server, reporter, second.secret);
  await page.reload();
  assert.match(await row(page, second.id).innerText(), /2 times, last/);
});

/** Says what becomes of a secret that leaked. */
async function chooses(page, label) {
  await page.getByRole('link', { name: 'Change that' }).click();
  await page.getByLabel('A secret that leaked').selectOption({ label });
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Saved.').waitFor();
}
