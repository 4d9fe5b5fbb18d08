// The configurations that are documented are the ones that run in the tests.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');

for (const gateway of await readdir(resolve(root, 'deploy/gateways'))) {
  test(`the page about ${gateway} shows the files of deploy/gateways/${gateway}`, async () => {
    const page = await readFile(resolve(root, `docs/gateways/${gateway}.md`), 'utf8');
    const blocks = [...page.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, text]) => text);
    const files = await readdir(resolve(root, 'deploy/gateways', gateway));
    assert.ok(files.length > 0);
    for (const file of files) {
      const text = await readFile(resolve(root, 'deploy/gateways', gateway, file), 'utf8');
      assert.ok(blocks.includes(text), `${file} doesn't stand on the page as it is`);
    }
  });
}
