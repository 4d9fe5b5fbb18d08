// What JavaScript adds: the chart says its numbers under the pointer, and keeps itself fresh.
import assert from 'node:assert/strict';
import { furnish } from '../support/furnish.mjs';
import { verify } from '../support/http.mjs';
import { signIn } from '../support/steps.mjs';
import { until } from '../support/wait.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk.withJavaScript('usage is live, and its bars say what they count', async ({ visitor, page, server }) => {
  const { verificationKey, keys } = await furnish(server, { calls: 3 });
  await signIn(visitor, 'Ada');
  const chart = page.locator('#usage-live');
  await page.goto('/orgs/demo/usage');
  await until('3 calls are counted', async () => {
    await page.reload();
    return chart.getByText('3 calls in the last 24 hours').count();
  });
  const live = page.getByRole('button', { name: 'Live' });
  await live.waitFor(); // from here on the script runs
  await saysItsNumbers(page);

  await page.evaluate(() => (window.same = true));
  await live.click();
  assert.equal(await live.getAttribute('aria-pressed'), 'true');
  for (let call = 0; call < 4; call += 1) await verify(server.address, verificationKey, keys[0].secret);
  await chart.getByText('7 calls in the last 24 hours').waitFor();
  assert.ok(await page.evaluate(() => window.same), 'the page was loaded anew');
  await saysItsNumbers(page);
});

async function saysItsNumbers(page) {
  const bar = page.locator('#usage-live [data-tip]').last();
  await bar.hover();
  await page.locator('.chart-tip').filter({ visible: true }).getByText(await bar.getAttribute('data-tip')).waitFor();
}
