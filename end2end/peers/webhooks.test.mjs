// Standard Webhooks, checked by implementations that are not ours: Node's own crypto, and Python's, as docs/notices.md says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { manage } from '../support/http.mjs';
import { startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';

let server, management, receiver, url;
const received = [];
let status = 204;

before(async () => {
  // only --dev posts to http addresses on loopback
  server = await startServer();
  await server.command('org', 'create', '--name', 'Hooks', '--slug', 'hooks');
  management = await manage(server, 'hooks');
  receiver = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(status).end();
  });
  await new Promise((listening) => receiver.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${receiver.address().port}/latchkey`;
});

after(async () => {
  receiver?.close();
  await server?.stop();
});

const next = async (what) => {
  await until(what, () => received.length > 0, { within: 20_000 });
  return received.shift();
};

// The documentation's own lines, so that they stay true.
const documented = async (language) => {
  const text = await readFile(resolve(import.meta.dirname, '../../docs/notices.md'), 'utf8');
  return text.split(`\`\`\`${language}\n`)[1].split('```')[0];
};

const verifyInNode = async () => {
  const code = (await documented('js')).replace(/^import .*$/m, '').replace('export function', 'return function');
  return new Function('createHmac', 'timingSafeEqual', code)(createHmac, timingSafeEqual);
};

const verifyInPython = async () => {
  const code = `${await documented('python')}
import json, sys
call = json.load(sys.stdin)
print(verify(call["secret"], call["headers"], base64.b64decode(call["body"])))`;
  return (secret, headers, body) => {
    const input = JSON.stringify({ secret, headers, body: body.toString('base64') });
    return execFileSync('python3', ['-c', code], { input, encoding: 'utf8' }).trim() === 'True';
  };
};

test('a revocation is posted, and both languages of the documentation verify it', async () => {
  const made = await management.post('/webhooks', { url, kinds: ['credential.revoked'] });
  assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const audience = 'https://hooks-orders.example';
  await management.post('/apis', { name: 'Orders', audience });
  const key = await management.post('/keys', { kind: 'api_key', name: 'checkout', api: audience });
  await management.post(`/keys/${key.id}/revoke`, { reason: 'left' });
  const { headers, body } = await next('the notice was posted');
  const sent = JSON.parse(body);
  assert.equal(sent.type, 'credential.revoked');
  assert.deepEqual(sent.data.subject, { type: 'key', id: key.id, name: 'checkout' });
  assert.equal(headers['webhook-id'], sent.data.id);
  for (const verify of [await verifyInNode(), await verifyInPython()]) {
    assert.equal(verify(made.secret, headers, body), true);
    assert.equal(verify(made.secret, headers, Buffer.from(body.toString().replace('checkout', 'evil'))), false);
    assert.equal(verify(`whsec_${'A'.repeat(43)}=`, headers, body), false);
    const late = { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 301) };
    assert.equal(verify(made.secret, late, body), false);
  }
  assert.ok(!server.output.includes(made.secret));
});

test('for a day both secrets verify, and a receiver that is down gets it again', async () => {
  const made = await management.post('/webhooks', { url, kinds: ['leak.reported'] });
  const rotated = await management.post(`/webhooks/${made.id}/rotate`);
  status = 500;
  const delivery = await management.post(`/webhooks/${made.id}/test`);
  const first = await next('the test was posted');
  status = 204;
  const second = await next('the test was posted again');
  assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
  assert.equal(first.headers['webhook-id'], delivery.message_id);
  assert.deepEqual(first.body, second.body);
  const verify = await verifyInNode();
  for (const { secret } of [made, rotated]) assert.equal(verify(secret, second.headers, second.body), true);
});
