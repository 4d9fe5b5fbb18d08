// Bad input: nothing is lost, and what is wrong stands at its field.
import assert from 'node:assert/strict';
import { createApi, createOrg, openKeyForm, row, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();
const script = '<script>document.title = "taken over"</script>';

walk('a bad organisation keeps what was typed', async ({ visitor, page }) => {
  await signIn(visitor, 'Ada');
  await page.goto('/orgs/new');
  await send(page, 'Create organisation', { Name: '', Slug: 'Not A Slug!' });
  await hasError(page, 'name');
  await hasError(page, 'slug');
  assert.equal(await page.getByLabel('Slug', { exact: true }).inputValue(), 'Not A Slug!');
  await send(page, 'Create organisation', { Name: 'Second Demo', Slug: 'demo' }); // taken
  await hasError(page, 'slug');
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Second Demo');
});

walk('a bad key keeps what was typed', async ({ visitor, page, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Forms', `forms-${unique}`);
  const audience = `https://forms-${unique}.example`;
  await createApi(visitor, slug, { name: 'Forms', audience, scopes: { 'a:read': 'Read' } });
  const fresh = () => openKeyForm(visitor, slug, audience);

  await fresh();
  await page.getByRole('checkbox', { name: /^a:read/ }).evaluate((box) => (box.value = 'no:such'));
  await page.getByRole('checkbox', { name: /^a:read/ }).check();
  await send(page, 'Create key', { Name: 'Unknown scope' });
  await hasError(page, 'scopes');
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Unknown scope');

  await fresh();
  await page.getByRole('checkbox', { name: /^a:read/ }).check();
  await page.getByLabel('Ends', { exact: true }).selectOption('date');
  await send(page, 'Create key', { Name: 'Over already', Day: '2020-01-31' });
  await hasError(page, 'expires_at');
  assert.equal(await page.getByLabel('Day').inputValue(), '2020-01-31');
  assert.equal(await page.getByLabel('Ends', { exact: true }).inputValue(), 'date');
  assert.ok(await page.getByRole('checkbox', { name: /^a:read/ }).isChecked());

  for (const name of ['', ' ', 'n'.repeat(101), 'line\u0007feed']) {
    await fresh();
    await send(page, 'Create key', { Name: name });
    await hasError(page, 'name');
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), name);
  }

  await fresh();
  await page.getByText('More: owner').click();
  await send(page, 'Create key', { Name: 'Notes', Metadata: '{"plan": </textarea>' + script, 'Allowed addresses': '10.0.0.0/8\nnowhere' });
  await hasError(page, 'metadata');
  assert.equal(await page.getByLabel('Metadata').inputValue(), '{"plan": </textarea>' + script);
  assert.equal(await page.getByLabel('Allowed addresses').inputValue(), '10.0.0.0/8\nnowhere');

  await page.goto(`/orgs/${slug}/keys`);
  await page.getByText('No keys yet').waitFor();
});

// F-27
walk('markup in a name is shown as text', async ({ visitor, page, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, script, `markup-${unique}`);
  const audience = `https://markup-${unique}.example`;
  await createApi(visitor, slug, { name: script, audience, scopes: { 'a:read': script } });
  await openKeyForm(visitor, slug, audience);
  await send(page, 'Create key', { Name: script });
  await page.waitForURL(/\/created/);
  for (const path of ['', '/apis', '/keys', '/usage', '/audit', '/members', '/settings']) {
    await visitor.go(`/orgs/${slug}${path}`);
    assert.ok(!(await page.title()).startsWith('taken over'), path);
    assert.equal(await page.locator('main script').count(), 0, path);
  }
  await page.goto(`/orgs/${slug}/keys`);
  await row(page, script).waitFor();
});

/** Fills the fields and sends the form as a program would: the browser's own checks are not what protects us. */
async function send(page, button, fields) {
  for (const [label, value] of Object.entries(fields)) {
    const field = page.getByLabel(label, { exact: label !== 'Day' && !label.includes('ddress') && label !== 'Metadata' });
    await field.evaluate((element) => element.removeAttribute('maxlength'));
    if (/[\0-\x1f]/.test(value) && !value.includes('\n')) await field.evaluate((element, text) => (element.value = text), value);
    else await field.fill(value);
  }
  const submit = page.getByRole('button', { name: button, exact: true });
  await submit.evaluate((element) => (element.form.noValidate = true));
  await submit.click();
}

/** The field says that it is wrong and why, and the summary above leads to it. */
async function hasError(page, name) {
  const summary = page.getByRole('alert');
  await summary.getByRole('link').first().waitFor();
  assert.ok((await summary.locator(`a[href="#${name}"]`).count()) > 0, await summary.innerText());
  const message = page.locator(`#${name}-error`);
  assert.ok((await message.innerText()).trim().length > 0);
  const described = page.locator(`[aria-describedby~="${name}-error"]`);
  assert.equal(await described.count(), 1, `nothing is described by #${name}-error`);
}
