// A new secret for a key: with an overlap both hold and are counted apart; without one the old one ends at once.
import assert from 'node:assert/strict';
import { verify } from '../support/http.mjs';
import { confirmWith, createApi, createKey, createOrg, createVerificationKey, row, secretShownOnce, signIn } from '../support/steps.mjs';
import { until } from '../support/wait.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();
const apiKey = /^lk_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/;

walk('rotate a key with an overlap, then without', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Ferries', `ferries-${unique}`);
  const audience = `https://ferries-${unique}.example`;
  await createApi(visitor, slug, { name: 'Ferries', audience });
  const verificationKey = await createVerificationKey(visitor, 'Gateway');
  const key = await createKey(visitor, slug, { audience, name: 'Tickets' });
  const keyPage = `/orgs/${slug}/keys/${key.id}`;
  const ask = (secret) => verify(server.url, verificationKey, secret);
  const generation = (number) => row(page.getByRole('table', { name: 'Generations' }), `Generation ${number}`);

  const second = await rotate(visitor, keyPage, 'In 1 day');
  assert.notEqual(second, key.secret);
  await page.goto(keyPage);
  await page.getByText('The old one still holds, but was never used.').waitFor();
  await generation(1).getByText('in 23 hours').or(generation(1).getByText('in 1 day')).waitFor();
  await generation(2).waitFor();
  for (const [secret, number] of [[key.secret, 1], [key.secret, 1], [key.secret, 1], [second, 2]]) {
    const answer = await ask(secret);
    assert.equal(answer.code, 'VALID');
    assert.equal(answer.credential.id, key.id);
    assert.equal(answer.credential.generation, number);
  }
  await countedApart(page, keyPage);
  await page.getByText('The old one still holds and was used: whoever has it must take the new one before it ends.').waitFor();
  assert.match(await generation(1).locator('[data-label="Last used"]').innerText(), /just now|seconds? ago|minutes? ago/);

  // the next rotation ends the oldest one, and with no overlap the one before too
  const third = await rotate(visitor, keyPage, 'At once');
  await page.goto(keyPage);
  await page.getByText('The old one has ended.').waitFor();
  assert.equal(await generation(1).count(), 0);
  assert.equal((await ask(key.secret)).valid, false);
  assert.equal((await ask(second)).code, 'EXPIRED');
  const answer = await ask(third);
  assert.equal(answer.code, 'VALID');
  assert.equal(answer.credential.generation, 3);
  assert.deepEqual(answer.scopes ?? [], []);
});

async function rotate(visitor, keyPage, ends) {
  const { page } = visitor;
  await page.goto(keyPage);
  await confirmWith(page, 'Rotate…', 'Rotate key', (dialog) => dialog.getByLabel('The old secret ends').selectOption({ label: ends }));
  await page.waitForURL(/\/created/);
  await page.getByRole('heading', { name: 'Key rotated' }).waitFor();
  return secretShownOnce(visitor, apiKey);
}

/** Three calls with the old secret and one with the new one. */
async function countedApart(page, keyPage) {
  await until('both generations are counted', async () => {
    await page.goto(keyPage);
    const legend = await page.locator('#chart .legend').innerText({ timeout: 500 }).catch(() => '');
    return /Generation 1\s+3\b/.test(legend) && /Generation 2\s+1\b/.test(legend);
  });
}
