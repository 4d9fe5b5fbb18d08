// F-12: another site's pages, and another port's, change nothing with a signed-in person's browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { furnish, pages } from '../support/furnish.mjs';
import { signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks({ environment: { LATCHKEY_OPERATORS: 'ada@example.com' } });
let furnished;

// localhost on another port is the same site to a browser: it sends the session's cookie, SameSite or not
for (const host of ['127.0.0.1', 'localhost']) {
  walk.withJavaScript(`a page on ${host} sends our forms`, async ({ visitor, server }) => {
    furnished ??= await furnish(server);
    const attacker = await serveAttacks();
    const origin = `http://${host}:${attacker.address().port}`;
    try {
      await signIn(visitor, 'Ada');
      const forms = await ownForms(visitor);
      assert.ok(forms.length >= 25, `only ${forms.length} forms were found`);
      const before = await state(furnished);
      for (const form of forms) {
        await visitor.page.goto(`${origin}/?${encodeURIComponent(JSON.stringify(form))}`);
        for (const body of ['urlencoded', 'text', 'multipart']) {
          assert.equal(await fetched(visitor, form, body), 403, `${form.action} by fetch with ${body}`);
        }
        assert.equal(await submitted(visitor, form), 403, `${form.action} by a form`);
        const answer = await visitor.page.request.get(form.action, { maxRedirects: 0 });
        assert.ok([404, 405].includes(answer.status()), `GET ${form.action}: ${answer.status()}`);
      }
      assert.deepEqual(await state(furnished), before);
      visitor.forgive('status of 403');
      visitor.forgive('status of 404'); // one of the pages is missing on purpose
      await visitor.go('/account'); // still signed in
    } finally {
      attacker.close();
    }
  });
}

/** What could have changed: everything that was done stands in the audit log, all that there is in the lists. */
async function state({ management }) {
  const lists = ['/audit', '/keys', '/apps', '/apis', '/members', '/invitations', '/management-keys'];
  const [audit, ...rest] = await Promise.all(lists.map((list) => management.all(list)));
  const used = (item) => ({ ...item, last_used_at: null });
  return { done: audit.filter((entry) => entry.outcome === 'done'), rest: rest.map((items) => items.map(used)) };
}

/** Every form of our pages that changes something, with the fields as they stand there. */
async function ownForms({ page }) {
  const found = new Map();
  for (const { path, signedIn } of pages(furnished)) {
    if (!signedIn) continue;
    await page.goto(path);
    const forms = await page.locator('form[method=post]').evaluateAll((elements) =>
      elements.map((form) => ({ action: form.action, fields: [...new FormData(form)] })));
    for (const form of forms) found.set(form.action, form);
  }
  return [...found.values()];
}

/** Serves a page that sends whatever form stands in its query. */
async function serveAttacks() {
  const html = `<!doctype html><title>attack</title><form method="post"></form><script>
    const { action, fields } = JSON.parse(decodeURIComponent(location.search.slice(1)));
    const form = document.querySelector('form');
    form.action = action;
    for (const [name, value] of fields) form.append(Object.assign(document.createElement('input'), { name, value }));
  </script>`;
  const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(html)).listen(0);
  await once(server, 'listening');
  return server;
}

/** Both begin at the attacker's page and answer the status that the browser got. */
async function submitted({ page }, form) {
  const [answer] = await Promise.all([
    page.waitForNavigation({ url: form.action }),
    page.evaluate(() => HTMLFormElement.prototype.submit.call(document.querySelector('form'))),
  ]);
  return answer.status();
}

async function fetched({ page }, form, body) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url() === form.action),
    page.evaluate(send, { ...form, body }),
  ]);
  return answer.status();
}

/** Runs in the attacker's page. */
async function send({ action, fields, body }) {
  const parameters = new URLSearchParams(fields);
  const data = new FormData();
  fields.forEach(([name, value]) => data.append(name, value));
  const bodies = { urlencoded: parameters, text: parameters.toString(), multipart: data };
  await fetch(action, { method: 'POST', mode: 'no-cors', credentials: 'include', body: bodies[body] });
}
