// Own sessions, and signing out.
import assert from 'node:assert/strict';
import { row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('see two sessions, end the other one, sign out', async ({ visitor: here, page, server, arrive }) => {
  await signIn(here, 'Ben', '/account');
  const there = await arrive();
  await signIn(there, 'Ben', '/account');
  await page.reload();
  assert.equal(await sessions(page).count(), 2);
  await sessions(page).filter({ hasNotText: 'This one' }).getByRole('button', { name: 'End', exact: true }).click();
  await page.getByText('Session ended.').waitFor();
  assert.equal(await sessions(page).count(), 1);
  await there.page.goto('/account');
  assert.equal(new URL(there.page.url()).pathname, '/sign-in');

  const cookies = await here.context.cookies();
  await page.getByRole('button', { name: 'Sign out' }).filter({ visible: true }).click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  assert.equal(page.url(), `${server.url}/signed-out`);

  // F-20: the cookie of an ended session opens nothing
  const thief = await arrive();
  await thief.context.addCookies(cookies);
  await thief.page.goto('/account');
  assert.equal(new URL(thief.page.url()).pathname, '/sign-in');
});

walk.withJavaScript('the session cookie changes at sign-in', async ({ visitor, server }) => {
  await visitor.page.goto('/sign-in');
  const before = new Set((await visitor.context.cookies()).map((cookie) => cookie.value));
  await signIn(visitor, 'Ben');
  const after = await visitor.context.cookies(server.url);
  const session = after.filter((cookie) => cookie.httpOnly && !before.has(cookie.value));
  assert.ok(session.length > 0, JSON.stringify(after));
  for (const cookie of session) {
    assert.equal(cookie.path, '/');
    assert.equal(cookie.domain, 'localhost');
    assert.notEqual(cookie.sameSite, 'None');
  }
});

function sessions(page) {
  return row(page.getByRole('table', { name: 'Sessions' }).locator('tbody'), /./);
}
