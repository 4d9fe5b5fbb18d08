// What a browser has to load for a list page: at most 200 KB, compressed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { furnish } from '../support/furnish.mjs';
import { signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();
const limit = 200_000;

walk.withJavaScript('the pages of keys and of usage are light', async ({ visitor, server }) => {
  await furnish(server);
  await signIn(visitor, 'Ada');
  const stamp = resolve(import.meta.dirname, '../../target/front/site.stamp');
  const release = (await readFile(stamp, 'utf8').catch(() => '')).startsWith('release');
  for (const path of ['/orgs/demo/keys', '/orgs/demo/usage']) {
    const parts = await load(visitor, path);
    const total = Object.values(parts).reduce((sum, size) => sum + size, 0);
    console.log(`${path}: ${total} bytes compressed (${release ? 'release' : 'debug'} build)`, parts);
    // a debug build's WebAssembly is large; all else is the same in both
    const counted = release ? total : total - (parts.wasm ?? 0);
    assert.ok(counted <= limit, `${path}: ${counted} bytes, more than ${limit}`);
  }
});

/** Bytes over the wire by kind of file, on an empty cache. */
async function load({ page, context }, path) {
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const kinds = new Map();
  const parts = {};
  session.on('Network.responseReceived', ({ requestId, response, type }) => {
    kinds.set(requestId, new URL(response.url).pathname.endsWith('.wasm') ? 'wasm' : type.toLowerCase());
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId);
    parts[kind] = (parts[kind] ?? 0) + encodedDataLength;
  });
  await page.goto(path, { waitUntil: 'networkidle' });
  await session.detach();
  return parts;
}
