// F-06: PostgreSQL goes away under load and comes back, as at a restart: connections are cut, and for a while nobody
// listens. Nothing is let in that shouldn't be, what was acknowledged is there, and it goes on by itself.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import postgres from 'postgres';
import { manage, postJson, send } from '../support/http.mjs';
import { startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';

const audience = 'https://away.example';
const RECOVERY_MS = 5_000;
const given = process.env.LATCHKEY_TEST_POSTGRES;
const skip = given ? false : 'LATCHKEY_TEST_POSTGRES is not set: .ci/with-postgres sets it';
const name = `latchkey_e2e_${randomBytes(6).toString('hex')}`;
let sql, way, server, management, verificationKey;

/** The way to the database, which can be cut and opened again. */
class Way {
  #open = new Set();
  #listener;

  constructor(target) {
    this.target = target;
  }

  async open(port = 0) {
    this.#listener = createServer((client) => {
      const database = connect(Number(this.target.port || 5432), this.target.hostname);
      for (const [from, to] of [[client, database], [database, client]]) {
        this.#open.add(from);
        from.on('error', () => {});
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
    }).listen(port, '127.0.0.1');
    await once(this.#listener, 'listening');
    this.port = this.#listener.address().port;
  }

  async cut() {
    this.#listener.close();
    this.#open.forEach((socket) => socket.resetAndDestroy());
    this.#open.clear();
    await once(this.#listener, 'close');
  }
}

before(async () => {
  if (skip) return;
  sql = postgres(given, { max: 1, onnotice: () => {} });
  await sql`CREATE DATABASE ${sql(name)}`;
  const database = new URL(given);
  way = new Way(new URL(given));
  await way.open();
  [database.pathname, database.hostname, database.port] = [`/${name}`, '127.0.0.1', way.port];
  server = await startServer({ dev: false, environment: { LATCHKEY_DATABASE_URL: database.href } });
  await server.command('org', 'create', '--name', 'Away', '--slug', 'away');
  management = await manage(server, 'away');
  const api = await management.post('/apis', { name: 'Away', audience, visibility: 'private', scopes: [] });
  verificationKey = (await management.post(`/apis/${api.id}/verification-keys`, { name: 'Tests' })).secret;
});
after(async () => {
  await server?.stop();
  await way?.cut();
  if (!sql) return;
  await sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`;
  await sql.end();
});

test('the database goes away and comes back, twice', { skip }, async () => {
  const create = () => management.post('/keys', { kind: 'api_key', name: 'away', api: audience });
  const [good, revoked] = await Promise.all([create(), create()]);
  const ask = (key) => postJson(`${server.address}/v1/verify`, verificationKey, { credential: key.secret });
  for (const key of [good, revoked]) assert.equal((await ask(key)).body.code, 'VALID');
  await management.post(`/keys/${revoked.id}/revoke`);

  const acknowledged = [];
  let [stopped, unknown] = [false, 0];
  const verifier = async () => {
    while (!stopped) {
      for (const [key, right] of [[good, 'VALID'], [revoked, 'REVOKED']]) {
        const { status, headers, body } = await ask(key);
        if (status === 503) {
          unknown += 1;
          assert.ok(Number(headers.get('retry-after')) > 0, 'it says when to ask again');
        } else {
          assert.deepEqual([status, body.code], [200, right]);
        }
      }
    }
  };
  const writer = async () => {
    while (!stopped) {
      const answer = await send(`${management.base}/keys`, {
        method: 'POST', bearer: management.secret, body: { kind: 'api_key', name: 'written', api: audience },
      });
      // 500 is for our faults, and this is none
      assert.ok([201, 503].includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`);
      if (answer.status === 201) acknowledged.push(answer.body.id);
    }
  };
  const load = [verifier(), verifier(), writer(), writer()].map((caller) => caller.catch((error) => ((stopped = true), error)));

  for (let round = 0; round < 2 && !stopped; round += 1) {
    const [before, known] = [unknown, acknowledged.length];
    await way.cut();
    await until('what can no longer be known is 503', () => stopped || unknown > before, { within: 10_000 });
    const port = way.port;
    const back = Date.now();
    await way.open(port);
    const writes = () => stopped || acknowledged.length > known + 4;
    await until('it writes again', writes, { within: RECOVERY_MS });
    await until('it verifies again', async () => stopped || (await ask(good)).status === 200, { within: RECOVERY_MS });
    console.log(`round ${round + 1}: worked again after ${Date.now() - back} ms`);
  }
  stopped = true;
  for (const problem of await Promise.all(load)) assert.equal(problem, undefined);

  const there = new Set((await management.all('/keys')).map((key) => key.id));
  assert.deepEqual(acknowledged.filter((id) => !there.has(id)), [], 'acknowledged and gone');
  assert.equal((await send(`${server.address}/health/ready`)).status, 200);
});
