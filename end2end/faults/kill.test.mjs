// F-01, F-02, F-03 in small: SIGKILL in the middle of things. What was acknowledged holds; what was not, holds whole or not at all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { manage, postJson, verify } from '../support/http.mjs';
import { startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';

const audience = 'https://faults.example';
// usage is written once a second; the rest is the time that one write takes
const USAGE_LOSS_MS = 1_250;
let server, management, verificationKey;

before(async () => {
  server = await startServer({ dev: false });
  await server.command('org', 'create', '--name', 'Faults', '--slug', 'faults');
  management = await manage(server, 'faults');
  const api = await management.post('/apis', { name: 'Faults', audience, visibility: 'private', scopes: [] });
  verificationKey = (await management.post(`/apis/${api.id}/verification-keys`, { name: 'Tests' })).secret;
});
after(() => server?.stop());

for (const acknowledged of [3, 17, 40]) {
  test(`kill -9 after ${acknowledged} acknowledged creations and revocations`, async () => {
    const { created, revoked, asked } = await burst(acknowledged);
    await server.start();
    for (const [id, secret] of created) {
      const { code } = await verify(server.address, verificationKey, secret);
      const expected = revoked.has(id) ? ['REVOKED'] : asked.has(id) ? ['VALID', 'REVOKED'] : ['VALID'];
      assert.ok(expected.includes(code), `${id} answers ${code}, expected ${expected.join(' or ')}`);
    }
    await auditMatches(created, revoked);
  });
}

/** Creates and revokes on eight connections until this many were acknowledged, and kills the server right then. */
async function burst(acknowledged) {
  const [created, revoked, asked] = [new Map(), new Set(), new Set()];
  let killed;
  const acknowledge = () => {
    if (created.size + revoked.size >= acknowledged) killed ??= server.kill();
  };
  const worker = async (number) => {
    for (let round = 0; !killed; round += 1) {
      const key = await management.post('/keys', { kind: 'api_key', name: `burst ${number}.${round}`, api: audience });
      created.set(key.id, key.secret);
      acknowledge();
      if (round % 2) continue;
      asked.add(key.id);
      await management.post(`/keys/${key.id}/revoke`, { reason: 'burst' });
      revoked.add(key.id);
      acknowledge();
    }
  };
  // what was under way at the kill fails, that is the point
  const results = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map(worker));
  for (const { reason } of results.filter((result) => result.status === 'rejected')) {
    assert.match(reason.message, /fetch failed|terminated/, 'only the kill may fail a call');
  }
  await killed;
  return { created, revoked, asked };
}

/** Exactly one row for each key that is there, and one for each that is revoked; none for others. */
async function auditMatches(created, revoked) {
  const [keys, audit] = await Promise.all([management.all('/keys'), management.all('/audit')]);
  const targets = (action) => audit.filter((entry) => entry.action === action && entry.outcome === 'done').map((entry) => entry.target.id);
  const ids = (list) => list.map((key) => key.id);
  assert.deepEqual(targets('key.create').sort(), ids(keys).sort());
  assert.deepEqual(targets('key.revoke').sort(), ids(keys.filter((key) => key.status === 'revoked')).sort());
  for (const id of created.keys()) assert.ok(ids(keys).includes(id), `${id} is gone`);
  for (const id of revoked) assert.ok(targets('key.revoke').includes(id), `the revocation of ${id} is gone`);
}

test('kill -9 loses at most a second of usage and counts nothing twice', async () => {
  const key = await management.post('/keys', { kind: 'api_key', name: 'counted', api: audience });
  const answers = [];
  let stopped = false;
  const caller = async () => {
    while (!stopped) {
      const answer = await postJson(`${server.address}/v1/verify`, verificationKey, { credential: key.secret }).catch(() => undefined);
      if (answer?.body.valid) answers.push(Date.now());
    }
  };
  const callers = [caller(), caller()];
  await until('three seconds of calls', () => answers.at(-1) - answers[0] > 3_000);
  await server.kill();
  const killedAt = Date.now();
  stopped = true;
  await Promise.all(callers);
  await server.start();

  const kept = await counted(key.id);
  const certain = answers.filter((at) => at < killedAt - USAGE_LOSS_MS).length;
  assert.ok(certain > 0);
  assert.ok(kept >= certain, `${kept} are counted of ${certain} that were answered in time`);
  // each caller may have had one call answered that it never heard of
  assert.ok(kept <= answers.length + callers.length, `${kept} are counted of ${answers.length}`);
  await server.kill();
  await server.start();
  assert.equal(await counted(key.id), kept, 'a second restart changes nothing');
});

/** How many calls of a key are counted in the database, by minutes and by days alike. */
async function counted(id) {
  const [from, to] = [-3_600_000, 120_000].map((shift) => new Date(Date.now() + shift).toISOString());
  const { series } = await management.get(`/usage?from=${from}&to=${to}&bucket=minute&group_by=credential`);
  return series.filter((point) => point.credential === id).reduce((sum, point) => sum + point.count, 0);
}
