// Invited, promoted, removed: what a member may do changes with the next request.
import assert from 'node:assert/strict';
import { confirm, createOrg, row, secretShownOnce, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('invite, accept, change the role, remove', async ({ visitor: ada, page, server, arrive, unique }) => {
  await signIn(ada, 'Ada');
  const slug = await createOrg(ada, 'People', `people-${unique}`);
  const link = await invite(ada, slug, 'ben@example.com');
  assert.ok(link.startsWith(`${server.url}/invitations/`));

  // it is bound to Ben's address: nobody else can use it, even if they know it
  await page.goto(link);
  await page.getByText('You are signed in as ada@example.com.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Accept invitation' }).count(), 0);
  const accept = `/_portal${new URL(link).pathname}/accept`;
  assert.equal((await page.request.post(accept, { headers: { Origin: server.url } })).status(), 403);

  const ben = await arrive();
  await ben.page.goto(link);
  await ben.page.getByRole('link', { name: 'Continue with Demo users' }).click();
  await ben.page.getByRole('link', { name: /Ben/ }).click();
  await ben.page.getByRole('button', { name: 'Accept invitation' }).click();
  await ben.page.getByText('You are a member of this organisation now.').waitFor();
  await ben.go(`/orgs/${slug}/keys/new`);
  await ben.go(link.slice(server.url.length), 404); // it holds once

  await page.goto(`/orgs/${slug}/members`);
  await page.getByLabel('Role of Ben').selectOption('viewer');
  await row(page, 'ben@example.com').getByRole('button', { name: 'Change' }).click();
  await page.getByText('Role changed.').waitFor();
  await ben.go(`/orgs/${slug}/keys`);
  await ben.go(`/orgs/${slug}/keys/new`, 403);

  await confirm(page, 'Remove…', 'Remove member');
  await page.getByText('Member removed.').waitFor();
  await ben.go(`/orgs/${slug}/keys`, 404);
});

async function invite(visitor, slug, email) {
  const { page } = visitor;
  await page.goto(`/orgs/${slug}/members`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Role', { exact: true }).selectOption('developer');
  await page.getByRole('button', { name: 'Make invitation link' }).click();
  await page.locator('#secret').waitFor();
  return secretShownOnce(visitor, /^http:\/\/localhost:\d+\/invitations\/\S+$/);
}
