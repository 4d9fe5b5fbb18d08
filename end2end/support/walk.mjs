// A walk through the portal is one function and two tests: with JavaScript and without.
import { after, before, test } from 'node:test';
import { join, resolve } from 'node:path';
import { openBrowser, Visitor } from './browser.mjs';
import { portal } from './portal.mjs';

/**
 * Sets a file of walks up. Answers `walk(name, steps)`; `steps` gets `{ visitor, page, server, arrive, unique, javaScript }`:
 * `arrive()` is another person with a browser of their own, `unique` a word that the other of the two tests doesn't use.
 * `walk.withJavaScript` makes one test alone.
 */
export function walks(options) {
  const shared = portal(options);
  let browser;
  before(async () => (browser = await openBrowser()));
  after(() => browser?.close());

  const once = (name, javaScript, steps) =>
    test(`${name}, JavaScript ${javaScript ? 'on' : 'off'}`, async () => {
      const visitors = [];
      const arrive = async (how = {}) => {
        const visitor = await Visitor.arrive(browser, { server: shared.server, javaScript, ...how });
        visitors.push(visitor);
        return visitor;
      };
      try {
        const visitor = await arrive();
        const { server } = shared;
        await steps({ visitor, page: visitor.page, server, arrive, javaScript, unique: javaScript ? 'scripted' : 'plain' });
        visitors.forEach((each) => each.assertNoProblems());
      } catch (error) {
        await picture(`${name} ${javaScript ? 'on' : 'off'}`, visitors);
        throw error;
      } finally {
        await Promise.all(visitors.map((each) => each.context.close()));
      }
    });

  const walk = (name, steps) => [true, false].forEach((javaScript) => once(name, javaScript, steps));
  walk.withJavaScript = (name, steps) => once(name, true, steps);
  return walk;
}

/** What the people saw when a walk failed, into test-results/. */
async function picture(name, visitors) {
  const folder = resolve(import.meta.dirname, '../test-results');
  for (const [number, { page, problems }] of visitors.entries()) {
    const path = join(folder, `${name} ${number}.png`.replace(/[^\w.]+/g, '-'));
    console.error(`visitor ${number} at ${page.url()}, see ${path}`, problems);
    await page.screenshot({ path, timeout: 5_000 }).catch((error) => console.error(error.message));
  }
}
