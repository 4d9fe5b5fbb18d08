// Two whole replicas on PostgreSQL. F-11: what one ends, the other refuses within a second. F-15, F-17: nothing is spent twice.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import postgres from 'postgres';
import { manage, postJson, verify } from '../support/http.mjs';
import { startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';

const audience = 'https://replicas.example';
const BOUND_MS = 1_000;
const given = process.env.LATCHKEY_TEST_POSTGRES;
const skip = given ? false : 'LATCHKEY_TEST_POSTGRES is not set: .ci/with-postgres sets it';
const name = `latchkey_e2e_${randomBytes(6).toString('hex')}`;
let sql, one, other, management, verificationKey;

before(async () => {
  if (skip) return;
  sql = postgres(given, { max: 1, onnotice: () => {} });
  await sql`CREATE DATABASE ${sql(name)}`;
  const database = new URL(given);
  database.pathname = `/${name}`;
  const environment = { LATCHKEY_DATABASE_URL: database.href };
  one = await startServer({ dev: false, environment });
  const { LATCHKEY_MASTER_KEY } = one.environment;
  other = await startServer({ dev: false, publicUrl: one.url, environment: { ...environment, LATCHKEY_MASTER_KEY } });
  await one.command('org', 'create', '--name', 'Replicas', '--slug', 'replicas');
  management = await manage(one, 'replicas');
  const api = await management.post('/apis', { name: 'Replicas', audience, visibility: 'private', scopes: [] });
  verificationKey = (await management.post(`/apis/${api.id}/verification-keys`, { name: 'Tests' })).secret;
});
after(async () => {
  await Promise.all([one?.stop(), other?.stop()]);
  if (!sql) return;
  await sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`;
  await sql.end();
});

for (const [act, code] of [['revoke', 'REVOKED'], ['disable', 'DISABLED']]) {
  test(`${act} on one replica, refused on the other within ${BOUND_MS} ms`, { skip }, async () => {
    const delays = [];
    for (let round = 0; round < 10; round += 1) {
      const key = await management.post('/keys', { kind: 'api_key', name: `${act} ${round}`, api: audience });
      const ask = () => verify(other.address, verificationKey, key.secret);
      assert.equal((await ask()).code, 'VALID'); // now it is in the other's cache
      await management.post(`/keys/${key.id}/${act}`);
      const from = Date.now();
      assert.equal((await verify(one.address, verificationKey, key.secret)).code, code, 'at once where it was done');
      await until(`the other replica says ${code}`, async () => (await ask()).code === code, { every: 1, within: BOUND_MS });
      delays.push(Date.now() - from);
    }
    console.log(`${act}: the other replica knew after ${Math.max(...delays)} ms at most`);
  });
}

/** So many answers to the same call, sent at once to both replicas in turn. */
const atOnce = (count, call) => Promise.all(Array.from({ length: count }, (_, number) => call(number % 2 ? one : other)));

test('F-17: of 200 swaps of an action token on both replicas one succeeds', { skip }, async () => {
  for (let round = 0; round < 3; round += 1) {
    const action = await management.post('/action-tokens', { api: audience, scopes: [], purpose: `round ${round}` });
    const swap = (replica) => postJson(`${replica.address}/v1/action-tokens/redeem`, '', { token: action.secret });
    const answers = await atOnce(200, swap);
    const swapped = answers.filter((answer) => answer.status === 200);
    assert.equal(swapped.length, 1);
    assert.ok(answers.every((answer) => answer.status === 200 || (answer.status === 400 && answer.body.error === 'invalid_grant')));
    for (const replica of [one, other]) {
      assert.equal((await verify(replica.address, verificationKey, swapped[0].body.access_token)).code, 'VALID');
    }
    assert.equal((await management.get(`/action-tokens/${action.id}`)).status, 'redeemed');
  }
});

test('F-15: of 100 credits 500 calls on both replicas spend 100', { skip }, async () => {
  const key = await management.post('/keys', { kind: 'api_key', name: 'credits', api: audience, credits: { remaining: 100 } });
  const answers = await atOnce(500, (replica) => verify(replica.address, verificationKey, key.secret));
  const codes = answers.map((answer) => answer.code);
  assert.equal(codes.filter((code) => code === 'VALID').length, 100);
  assert.equal(codes.filter((code) => code === 'CREDITS_EXHAUSTED').length, 400);
  assert.equal((await verify(one.address, verificationKey, key.secret, { cost: 0 })).credits_remaining, 0);
});
