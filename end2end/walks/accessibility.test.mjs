// Every page: by keyboard, on a narrow screen, and by the rules of WCAG 2.2 A and AA, light and dark.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { furnish, leakReporter, pages, reportLeak } from '../support/furnish.mjs';
import { signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

// Ada runs this installation too, so that the operator desk is among her pages
const reporter = leakReporter();
const walk = walks({ environment: { LATCHKEY_OPERATORS: 'ada@example.com' }, toml: reporter.toml });
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
let furnished;

async function furnishOnce(server) {
  if (furnished) return;
  furnished = await furnish(server);
  await reportLeak(server, reporter, furnished.keys.at(-1).secret);
}

/** Visits every page in turn; all findings are told together. */
async function onEveryPage({ visitor: stranger, arrive, server }, how, look) {
  await furnishOnce(server);
  const person = await arrive(how);
  await signIn(person, 'Ada');
  const outsider = await arrive(how);
  const findings = [];
  for (const { name, path, signedIn, status } of pages(furnished)) {
    const who = signedIn ? person : outsider;
    await who.go(path, status);
    for (const finding of await look(who.page)) findings.push(`${name}: ${finding}`);
  }
  assert.deepEqual(findings, [], stranger.server.url);
}

for (const colorScheme of ['light', 'dark']) {
  walk.withJavaScript(`axe finds nothing, ${colorScheme}`, (walker) =>
    onEveryPage(walker, { colorScheme }, async (page) => {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate((values) => window.axe.run({ runOnly: { type: 'tag', values } }), rules);
      return violations.map(({ id, nodes }) => `${id} at ${nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join('; ')}`);
    }));
}

walk('each page has one heading, a title and labelled fields', (walker) =>
  onEveryPage(walker, {}, async (page) => {
    const findings = [];
    const headings = await page.locator('h1').count();
    if (headings !== 1) findings.push(`${headings} h1`);
    if (!/^\S.* · Latchkey$/.test(await page.title())) findings.push(`title ${await page.title()}`);
    for (const field of await page.locator('input:not([type=hidden]), select, textarea').all()) {
      const named = await field.evaluate((element) => element.labels.length > 0 || element.ariaLabel?.length > 0);
      if (!named) findings.push(`no label: ${await field.evaluate((element) => element.outerHTML)}`);
    }
    return findings;
  }));

walk('nothing scrolls sideways at 390 pixels', (walker) =>
  onEveryPage(walker, { viewport: { width: 390, height: 844 } }, async (page) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    return width > 390 ? [`${width} pixels wide`] : [];
  }));

walk('the keyboard reaches the main action, and the focus shows', async ({ visitor, page, server }) => {
  await furnishOnce(server);
  await signIn(visitor, 'Ada');
  const actions = [['/keys', 'Create key'], ['/apis', 'New API'], [`/keys/new?api=${furnished.api}`, 'Create key']];
  for (const [end, action] of actions) {
    const path = `/orgs/demo${end}`;
    await visitor.go(path);
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to content', 'the first stop');
    await page.keyboard.press('Enter');
    const stops = [];
    while (stops.at(-1) !== action && stops.length < 40) {
      await page.keyboard.press('Tab');
      stops.push(await focused(page));
      assert.ok(await focusShows(page), `${path}: the focus doesn't show at ${stops.at(-1)}`);
    }
    assert.equal(stops.at(-1), action, `${path}: ${stops.join(' > ')}`);
  }
});

function focused(page) {
  return page.evaluate(() => (document.activeElement.innerText || document.activeElement.name || document.activeElement.tagName).trim());
}

function focusShows(page) {
  return page.evaluate(() => {
    const shows = (element) => {
      const style = getComputedStyle(element);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    };
    const stop = document.activeElement;
    // a part of a date field, drawn by the browser itself
    if (stop.type === 'date' && !stop.matches(':focus')) return stop.matches(':focus-within');
    // a choice's box may show it on its label
    return shows(stop) || shows(stop.closest('label') ?? stop);
  });
}
