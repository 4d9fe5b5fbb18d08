// F-22: how long a refusal takes doesn't tell whether an id is known. Coarse on purpose: it runs on machines that do other
// things too, and a check that is left out for unknown ids shows by a factor.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { manage, postJson } from '../support/http.mjs';
import { startServer } from '../support/server.mjs';

const audience = 'https://timing.example';
const ROUNDS = 60;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
let server, management, api;

before(async () => {
  server = await startServer({ dev: false });
  await server.command('org', 'create', '--name', 'Timing', '--slug', 'timing');
  management = await manage(server, 'timing');
  api = await management.post('/apis', { name: 'Timing', audience, visibility: 'private', scopes: [] });
});
after(() => server?.stop());

/** The same kind of secret with these parts, and a check that holds (contract section 3). */
function secret(kind, id, part) {
  const head = `lk_${kind}_${id}_${part}`;
  let [check, rest] = ['', crc32(head)];
  for (let place = 0; place < 6; place += 1) {
    check = DIGITS[rest % 62] + check;
    rest = Math.floor(rest / 62);
  }
  return head + check;
}
const random = (length) => Array.from({ length }, () => DIGITS[Math.floor(Math.random() * 62)]).join('');
const median = (times) => times.toSorted((one, other) => one - other)[times.length >> 1];

/** Medians of both, asked in turn. */
async function compare(known, unknown) {
  const times = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [place, ask] of [known, unknown].entries()) {
      const from = process.hrtime.bigint();
      await ask(round);
      times[place].push(Number(process.hrtime.bigint() - from) / 1e6);
    }
  }
  return times.map(median);
}

function alike([known, unknown], what) {
  console.log(`${what}: known ${known.toFixed(2)} ms, unknown ${unknown.toFixed(2)} ms`);
  const ratio = unknown / known;
  assert.ok(ratio > 0.55 && ratio < 1.8, `${what}: a factor of ${ratio.toFixed(2)}`);
}

test('verification keys', async () => {
  // one wrong secret each: more of one id are slowed down, which is another answer
  const ids = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ids.push((await management.post(`/apis/${api.id}/verification-keys`, { name: `${round}` })).secret.split('_')[2]);
  }
  const ask = async (id) => {
    const answer = await postJson(`${server.address}/v1/verify`, secret('verify', id, random(43)), { credential: 'x' });
    assert.equal(answer.status, 401);
  };
  alike(await compare((round) => ask(ids[round]), () => ask(random(16))), 'verification keys');
});

test('client secrets', async () => {
  const ids = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const app = await management.post('/apps', { name: `${round}`, grants: [{ api: audience, scopes: [] }] });
    ids.push([app.client_id, app.client_secret.split('_')[2]]);
  }
  const ask = async ([client_id, id]) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret: secret('secret', id, random(43)) });
    const answer = await fetch(`${server.address}/oauth/token`, { method: 'POST', body });
    assert.equal(answer.status, 401);
    await answer.text();
  };
  alike(await compare((round) => ask(ids[round]), () => ask([`app_${random(16)}`, random(16)])), 'client secrets');
});
