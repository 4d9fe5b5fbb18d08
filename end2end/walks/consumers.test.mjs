// The owner of a public API sees who uses it, says what each may, and blocks.
import assert from 'node:assert/strict';
import { verify } from '../support/http.mjs';
import { confirm, createApi, createKey, createOrg, createVerificationKey, row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('see a consumer, set its metadata and scopes, block and unblock it', async ({ visitor: owner, page, server, arrive, unique }) => {
  await signIn(owner, 'Ada');
  const provider = await createOrg(owner, `Trains ${unique}`, `trains-${unique}`);
  const audience = `https://trains-${unique}.example`;
  const apiPage = await createApi(owner, provider, {
    name: 'Trains', audience, visibility: 'Public', scopes: { 'times:read': 'See when' }, approval: { 'seats:write': 'Take seats' },
  });
  const verificationKey = await createVerificationKey(owner, 'Gateway');
  await page.goto(apiPage);
  await page.getByText('No other organisation holds credentials for this API yet.').waitFor();

  const guest = await arrive();
  await signIn(guest, 'Ben');
  const consumer = await createOrg(guest, `Travel ${unique}`, `travel-${unique}`);
  const key = await createKey(guest, consumer, { audience, name: 'Booking', scopes: ['times:read'] });
  const answer = (wishes) => verify(server.url, verificationKey, key.secret, wishes);
  assert.deepEqual((await answer()).metadata ?? {}, {});

  await page.goto(apiPage);
  const panel = page.locator('#consumers .panel').filter({ hasText: consumer });
  await row(panel, 'Booking').getByText('Active', { exact: true }).waitFor();
  await row(panel, key.id).waitFor();

  await setMetadata(page, panel, '{"plan": ');
  await page.getByRole('alert').getByText('Write a JSON object').waitFor();
  assert.equal(await panel.getByLabel('Metadata').inputValue(), '{"plan": ');
  await panel.getByRole('checkbox', { name: /^seats:write/ }).check();
  await panel.getByLabel('Metadata').fill('{"plan": "gold"}');
  await panel.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.').waitFor();
  assert.deepEqual((await answer()).metadata, { plan: 'gold' });
  await panel.getByText('Metadata and scopes').click();
  assert.equal(await panel.getByLabel('Metadata').inputValue(), '{"plan":"gold"}');
  assert.ok(await panel.getByRole('checkbox', { name: /^seats:write/ }).isChecked());
  const seats = await createKey(guest, consumer, { audience, name: 'Seats', scopes: ['seats:write'] });
  const wish = { scopes: ['seats:write'] };
  assert.equal((await verify(server.url, verificationKey, seats.secret, wish)).code, 'VALID');

  await page.goto(apiPage);
  await confirm(page, 'Block…', 'Block organisation');
  await page.getByText('Organisation blocked.').waitFor();
  await panel.getByText('Blocked', { exact: true }).waitFor();
  assert.equal((await answer()).code, 'DISABLED');
  assert.equal((await verify(server.url, verificationKey, seats.secret, wish)).code, 'DISABLED');
  await panel.getByRole('button', { name: 'Unblock', exact: true }).click();
  await page.getByText('Organisation unblocked.').waitFor();
  assert.equal((await answer()).code, 'VALID');
  assert.equal(await panel.getByText('Blocked', { exact: true }).count(), 0);

  // the consumer's own people change nothing of this, and see nothing of the API's page
  await guest.go(apiPage, 404);
  for (const action of ['consumer.block', 'consumer.unblock', 'consumer.update']) {
    await page.goto(`/orgs/${provider}/audit`);
    await row(page, action).first().waitFor();
  }
});

async function setMetadata(page, panel, text) {
  await panel.getByText('Metadata and scopes').click();
  await panel.getByLabel('Metadata').fill(text);
  await panel.getByRole('button', { name: 'Save', exact: true }).click();
}
