// A public API of one organisation, another that uses it: some scopes come by asking for them.
import assert from 'node:assert/strict';
import { verify } from '../support/http.mjs';
import {
  createApi, createKey, createOrg, createVerificationKey, findInCatalogue, openKeyForm, requestAccess, row, signIn,
} from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('find an API, ask for scopes, get one and not the other, use it', async ({ visitor: owner, server, arrive, unique }) => {
  await signIn(owner, 'Ada');
  const provider = await createOrg(owner, `Weather ${unique}`, `weather-${unique}`);
  const audience = `https://weather-${unique}.example`;
  const [tides, horns] = [`Tides, ${unique}`, `Fog horns, ${unique}`];
  const apiPage = await createApi(owner, provider, {
    name: 'Weather', audience, visibility: 'Public', scopes: { 'today:read': 'See today' },
    approval: { 'history:read': 'See all years', 'alerts:write': 'Wake everybody' },
  });
  const verificationKey = await createVerificationKey(owner, 'Gateway');

  const asker = await arrive();
  await signIn(asker, 'Ben');
  const consumer = await createOrg(asker, `Sailing ${unique}`, `sailing-${unique}`);
  await mayTakeOnly(asker, consumer, audience, ['today:read']);

  await requestAccess(asker, consumer, { audience, scopes: ['history:read'], reason: tides });
  await asker.page.getByText('Access requested.').waitFor();
  await stateIs(asker, tides, 'Waiting');
  await mayTakeOnly(asker, consumer, audience, ['today:read']);
  await oneRequestAtATime(asker, consumer, audience);
  await decide(owner, apiPage, tides, 'Approve', 'Access request approved.');
  await asker.go('/catalogue');
  await stateIs(asker, tides, 'Approved');

  await requestAccess(asker, consumer, { audience, scopes: ['alerts:write'], reason: horns });
  await asker.page.getByText('Access requested.').waitFor();
  await decide(owner, apiPage, horns, 'Deny', 'Access request denied.');
  await asker.go('/catalogue');
  await stateIs(asker, horns, 'Denied');

  await mayTakeOnly(asker, consumer, audience, ['history:read', 'today:read']);
  const key = await createKey(asker, consumer, { audience, name: 'Log book', scopes: ['history:read'] });
  const answer = await verify(server.url, verificationKey, key.secret, { scopes: ['history:read'] });
  assert.equal(answer.code, 'VALID');
  assert.deepEqual(answer.scopes, ['history:read']);
  assert.equal(answer.organisation.slug, consumer);
  const more = await verify(server.url, verificationKey, key.secret, { scopes: ['alerts:write'] });
  assert.equal(more.code, 'INSUFFICIENT_SCOPE');
});

walk('a request without scopes keeps its reason', async ({ visitor: owner, arrive, unique }) => {
  await signIn(owner, 'Ada');
  const provider = await createOrg(owner, `Maps ${unique}`, `maps-${unique}`);
  const audience = `https://maps-${unique}.example`;
  await createApi(owner, provider, { name: 'Maps', audience, visibility: 'Public', approval: { 'tiles:read': 'Draw maps' } });
  const asker = await arrive();
  await signIn(asker, 'Ben');
  const consumer = await createOrg(asker, `Rowing ${unique}`, `rowing-${unique}`);
  await requestAccess(asker, consumer, { audience, scopes: [], reason: 'Harbour entrances' });
  await asker.page.getByRole('alert').getByText('name at least one scope').waitFor();
  const entry = asker.page.getByRole('article').filter({ hasText: audience });
  await entry.getByText('name at least one scope').waitFor();
  assert.equal(await entry.getByLabel('Reason').inputValue(), 'Harbour entrances');
  assert.equal(await entry.getByLabel('For which organisation?').inputValue(), consumer);
});

walk('the catalogue leads to a key for any of one\'s organisations', async ({ visitor, page, unique }) => {
  await signIn(visitor, 'Ben');
  const names = [1, 2, 3, 4, 5].map((number) => `Harbour ${number} ${unique}`);
  for (const name of names) await createOrg(visitor, name, name.toLowerCase().replaceAll(' ', '-'));
  const entry = await findInCatalogue(visitor, 'https://orders.example');
  await entry.locator('summary', { hasText: 'Create a key' }).click();
  for (const name of names) assert.equal(await entry.getByRole('link', { name, exact: true }).count(), 1, name);
  await entry.getByRole('link', { name: names[4], exact: true }).click();
  await page.getByRole('heading', { name: 'Create key' }).waitFor();
  await page.getByText('https://orders.example').waitFor();
  assert.ok(page.url().includes(`/orgs/harbour-5-${unique}/keys/new`), page.url());
});

/** The form for a key offers these scopes and no others. */
async function mayTakeOnly(visitor, slug, audience, scopes) {
  await openKeyForm(visitor, slug, audience);
  const boxes = visitor.page.getByRole('group', { name: 'Scopes' }).getByRole('checkbox');
  const offered = await boxes.evaluateAll((all) => all.map((box) => box.value).sort());
  assert.deepEqual(offered, scopes);
}

async function oneRequestAtATime(visitor, slug, audience) {
  await requestAccess(visitor, slug, { audience, scopes: ['alerts:write'], reason: 'Impatience' });
  await visitor.page.getByRole('alert').getByText('a request for this API waits already').waitFor();
}

async function stateIs({ page }, reason, state) {
  const request = row(page.getByRole('table', { name: 'Your requests' }), reason);
  await request.getByText(state, { exact: true }).waitFor();
}

async function decide({ page }, apiPage, reason, decision, said) {
  await page.goto(apiPage);
  await row(page, reason).getByRole('button', { name: decision, exact: true }).click();
  await page.getByText(said).waitFor();
  assert.equal(await row(page, reason).getByRole('button').count(), 0, 'it can be decided a second time');
}
