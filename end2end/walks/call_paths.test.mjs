// Which chains may reach an API: edited as rows, drawn as a graph, held to by verify.
import assert from 'node:assert/strict';
import { token, verify } from '../support/http.mjs';
import { createApi, createOrg, createVerificationKey, grantApi, row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('say who may call, see it drawn, and see others refused', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Chains', `chains-${unique}`);
  const audience = `https://orders-of-${unique}.example`;
  const api = await createApi(visitor, slug, { name: 'Stock', audience });
  const verificationKey = await createVerificationKey(visitor, 'Orders service');
  const cart = await createApp(visitor, slug, 'cart');
  const order = await createApp(visitor, slug, 'order');
  const { body } = await token(server.url, { ...cart, by: 'basic' }, { resource: audience });
  assert.equal((await verify(server.url, verificationKey, body.access_token)).code, 'VALID');

  await page.goto(api);
  await page.getByRole('link', { name: 'Edit call paths' }).click();
  await page.getByLabel('Chain 1: who calls the API').fill(order.id);
  await page.getByLabel('Chain 1: caller before it, 1').fill(cart.id);
  await page.getByRole('button', { name: 'Longer chains' }).click();
  await page.getByLabel('Chain 1: caller before it, 3').waitFor();
  assert.equal(await page.getByLabel('Chain 1: caller before it, 1').inputValue(), cart.id);
  await page.getByLabel('Chain 2: who calls the API').fill('nobody');
  await page.getByRole('radio', { name: /^Are refused/ }).check();
  await page.getByLabel('Longest chain').selectOption('3');
  await page.getByRole('main').getByRole('button', { name: 'Save call paths' }).last().click();
  await page.getByRole('alert').getByText('give the id of an app').waitFor();
  await page.getByLabel('Chain 2: who calls the API').fill('');
  await page.getByRole('main').getByRole('button', { name: 'Save call paths' }).last().click();
  await page.getByText('Saved.').waitFor();

  const graph = page.getByRole('img', { name: /^Who may call whom/ });
  for (const name of ['cart', 'order', 'Stock']) assert.equal(await graph.locator('text', { hasText: new RegExp(`^${name}$`) }).count(), 1, name);
  assert.equal(await graph.locator('path.call').count(), 2);
  assert.match(await row(page, cart.id).innerText(), /order/);
  assert.equal((await verify(server.url, verificationKey, body.access_token)).code, 'CHAIN_NOT_ALLOWED');
});

async function createApp(visitor, slug, name) {
  const { page } = visitor;
  await page.goto(`/orgs/${slug}/apps/new`);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await grantApi(visitor, 'Stock');
  await page.getByRole('button', { name: 'Create app' }).click();
  await page.waitForURL(/\/created/);
  const id = new URL(page.url()).pathname.split('/').at(-2);
  return { id, secret: (await page.locator('#secret').innerText()).trim() };
}
