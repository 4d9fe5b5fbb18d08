// F-11 on PostgreSQL: what one replica ends, the other refuses within a second.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import postgres from 'postgres';
import { manage, verify } from '../support/http.mjs';
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
