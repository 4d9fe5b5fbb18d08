// Debian's Chromium, and visitors who notice whatever goes wrong in it.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Starts a browser. */
export function openBrowser() {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: flags });
}

/** A person in front of a fresh browser profile. */
export class Visitor {
  /** Errors in the console, uncaught exceptions and violations of the content security policy. */
  problems = [];

  static async arrive(browser, { server, javaScript = true, ...options }) {
    const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: javaScript, ...options });
    context.setDefaultTimeout(10_000);
    const visitor = new Visitor();
    Object.assign(visitor, { context, javaScript, server });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI}`);
      });
    });
    visitor.page = await visitor.newPage();
    return visitor;
  }

  async newPage() {
    const page = await this.context.newPage();
    // other sites (the sign-in provider) answer for themselves
    const ours = (url) => !url || url.startsWith(this.server.url);
    page.on('console', (message) => {
      if (message.type() === 'error' && ours(message.location().url)) this.problems.push(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.stack ?? error}`));
    return page;
  }

  /** Goes to a page that answers with this status. */
  async go(path, status = 200) {
    const answer = await this.page.goto(path);
    assert.equal(answer.status(), status, `GET ${path}`);
    if (status >= 400) this.forgive(`the server responded with a status of ${status}`);
    return answer;
  }

  /** Browsers report a page with an error status in the console: where it was asked for, it is no problem. */
  forgive(words) {
    this.problems = this.problems.filter((problem) => !problem.includes(words));
  }

  /** Q3: nothing went wrong in the browser. */
  assertNoProblems() {
    assert.deepEqual(this.problems, []);
  }
}
