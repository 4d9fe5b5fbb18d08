// Real gateways with the configurations of deploy/gateways, in front of a real API: who gets through, and as whom.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { gatewayNames, startGateway } from '../support/gateways.mjs';
import { audience, certificateHeader, startOrders } from '../support/orders.mjs';
import { freePort } from '../support/ports.mjs';
import { ask, bearer } from '../support/raw.mjs';
import { startUpstream } from '../support/upstream.mjs';

const wanted = process.env.GATEWAYS ? process.env.GATEWAYS.split(',') : gatewayNames;
const identity = ['x-latchkey-subject', 'x-latchkey-organisation', 'x-latchkey-scopes', 'x-latchkey-credential'];
const gateways = {};
let orders, upstream, latchkey, jwks;

before(async () => {
  [orders, upstream] = await Promise.all([startOrders({ gateways: wanted }), startUpstream()]);
  latchkey = Number(new URL(orders.server.address).port);
  jwks = createRemoteJWKSet(new URL(`${orders.server.address}/.well-known/jwks.json`));
  for (const name of wanted) gateways[name] = await start(name);
});
after(async () => {
  await Promise.all(Object.values(gateways).map((gateway) => gateway.stop()));
  upstream?.stop();
  await orders?.stop();
});

const start = (name, how) => startGateway(name, { latchkey, upstream: upstream.port, key: orders.key, ...how });
const phantom = (seen) => jwtVerify(values(seen, 'authorization')[0].replace(/^Bearer /, ''), jwks, { issuer: orders.server.url, audience, typ: 'at+jwt' });

/** How backends that make variables of headers read a name: everything but letters and digits is the same. */
const alias = (name) => name.toLowerCase().replace(/[^a-z0-9]/g, '-');
const values = (seen, name) => seen.headers.filter(([given]) => alias(given) === name).map(([, value]) => value);

for (const name of wanted) {
  /** What the API saw of one call, if it came to that. */
  const call = async (path, how) => {
    upstream.forget();
    const answer = await ask(gateways[name].port, path, how);
    assert.ok(upstream.seen.length <= 1, 'the API was called twice');
    return { answer, seen: upstream.seen[0] };
  };
  const passes = async (path, how) => {
    const { answer, seen } = await call(path, how);
    assert.equal(answer.status, 200, `${answer.body}\n${gateways[name].output()}`);
    assert.ok(seen, 'the API was not asked');
    return { answer, seen };
  };
  const isRefused = async (status, code, path, how) => {
    const { answer, seen } = await call(path, how);
    assert.deepEqual([answer.status, answer.headers['x-latchkey-code']], [status, code], `${answer.body}\n${gateways[name].output()}`);
    assert.equal(seen, undefined, 'the API was asked');
    return answer;
  };
  const test_ = (what, steps) => test(`${name}: ${what}`, steps);

  test_('the API gets a phantom token and who calls, and none of the credentials', async () => {
    const { reader, signed } = orders.callers;
    const ways = [[reader, bearer(reader.secret)], [reader, ['X-API-Key', reader.secret]], [signed, bearer(signed.secret)]];
    for (const [caller, header] of ways) {
      const { seen } = await passes('/orders/42?q=1', { headers: [header, ['Accept', 'application/json']] });
      assert.deepEqual([seen.method, seen.url], ['GET', '/orders/42?q=1']);
      assert.equal(values(seen, 'authorization').length, 1);
      const { payload } = await phantom(seen);
      assert.deepEqual([payload.sub, payload.scope, payload.cred, payload.principal], [caller.id, 'orders:read', 'phantom', 'service']);
      assert.ok(payload.exp - payload.iat <= 60, 'it lives for more than a minute');
      assert.deepEqual(identity.map((each) => values(seen, each)), [[caller.id], ['shop'], ['orders:read'], [caller.id]]);
      const everything = JSON.stringify(seen);
      for (const secret of [caller.secret, orders.key]) assert.ok(!everything.includes(secret), 'a credential went to the API');
      assert.deepEqual(values(seen, 'x-latchkey-verification-key'), []);
      assert.deepEqual(values(seen, 'x-api-key'), []);
      assert.deepEqual(values(seen, 'accept'), ['application/json']);
    }
  });

  test_('every method, and bodies of any size, reach the API', async () => {
    const credential = bearer(orders.callers.all.secret);
    for (const body of ['{"a":1}', 'x'.repeat(300_000)]) {
      for (const [method, path] of [['POST', '/orders'], ['PUT', '/orders/1'], ['PATCH', '/orders/1']]) {
        const { answer, seen } = await passes(path, { method, body, headers: [credential, ['Content-Type', 'text/plain']] });
        assert.deepEqual([seen.method, seen.url, seen.body === body], [method, path, true]);
        assert.equal(JSON.parse(answer.body).method, method);
      }
    }
    const chunked = await passes('/orders', { method: 'POST', body: 'in chunks', headers: [credential, ['Transfer-Encoding', 'chunked']] });
    assert.equal(chunked.seen.body, 'in chunks');
    for (const [method, path] of [['DELETE', '/orders/1'], ['OPTIONS', '/orders'], ['HEAD', '/orders']]) {
      const { answer, seen } = await passes(path, { method, headers: [credential] });
      assert.deepEqual([seen.method, answer.headers['x-upstream']], [method, method]);
      await phantom(seen);
    }
  });

  test_('a refusal comes to the caller as what it is', async () => {
    const { reader, revoked, second } = orders.callers;
    const nobody = await call('/orders');
    assert.deepEqual([nobody.answer.status, nobody.seen], [401, undefined]);
    assert.match(nobody.answer.headers['www-authenticate'], /^Bearer/);
    const bad = (secret) => `${secret.slice(0, 26)}${'0'.repeat(secret.length - 26)}`;
    const refused = [['NOT_A_KEY', 'MALFORMED'], [bad(reader.secret), 'MALFORMED'], [revoked.secret, 'REVOKED'], [orders.callers.foreign.secret, 'NOT_FOUND']];
    for (const [credential, code] of refused) {
      const answer = await isRefused(401, code, '/orders', { headers: [bearer(credential)] });
      assert.match(answer.headers['www-authenticate'], /^Bearer .*error="invalid_token"/);
    }
    const head = await isRefused(401, 'REVOKED', '/orders', { method: 'HEAD', headers: [bearer(revoked.secret)] });
    assert.equal(head.body, '');
    await isRefused(401, 'REVOKED', '/orders', { method: 'POST', body: 'x'.repeat(300_000), headers: [bearer(revoked.secret)] });

    const scope = await isRefused(403, 'INSUFFICIENT_SCOPE', '/orders', { method: 'POST', body: '{}', headers: [bearer(reader.secret)] });
    assert.match(scope.headers['www-authenticate'], /^Bearer .*error="insufficient_scope"/);
    await isRefused(403, 'INSUFFICIENT_SCOPE', '/no/such/operation', { headers: [bearer(reader.secret)] });

    // two callers at once are nobody
    const two = await call('/orders', { headers: [bearer(reader.secret), ['X-API-Key', second.secret]] });
    assert.deepEqual([two.answer.status, two.seen], [401, undefined]);
    const twice = await call('/orders', { headers: [bearer(reader.secret), bearer(second.secret)] });
    if (twice.seen) assert.equal((await phantom(twice.seen)).payload.sub, values(twice.seen, 'x-latchkey-subject')[0]);
    // the scope token is looked at, and stays here
    await isRefused(401, 'BAD_SIGNATURE', '/orders', { headers: [bearer(reader.secret), ['X-Scope-Token', 'eyJhbGciOiJFZERTQSJ9.e30.AAAA']] });
  });

  test_('too many calls are 429', async () => {
    const headers = [bearer(orders.limited[name].secret)];
    const tells = ['nginx', 'haproxy', 'envoy'].includes(name);
    for (const remaining of [1, 0]) {
      const { answer } = await passes('/orders', { headers });
      if (tells) assert.match(answer.headers.ratelimit, new RegExp(`"hourly";r=${remaining}`));
    }
    const answer = await isRefused(429, 'RATE_LIMITED', '/orders', { headers });
    assert.equal(answer.headers['www-authenticate'], undefined);
    assert.match(answer.headers.ratelimit, /"hourly";r=0/);
    assert.match(answer.headers['retry-after'], /^[1-9]\d*$/);
  });

  test_("the API's own refusals are passed on", async () => {
    for (const status of [401, 403, 404, 429, 500]) {
      const { answer, seen } = await call(`/orders?answer=${status}`, { headers: [bearer(orders.callers.reader.secret)] });
      assert.deepEqual([answer.status, answer.headers['x-upstream'], answer.headers['x-latchkey-code']], [status, 'GET', undefined]);
      assert.equal(JSON.parse(answer.body).url, seen.url);
    }
  });

  // C10, and the faults of Caddy, Traefik, oauth2-proxy and Fabio
  test_('what a caller says of itself is dropped, however it is written', async () => {
    const { reader, bare } = orders.callers;
    const claims = ['Subject', 'Organisation', 'Scopes', 'Credential', 'Code', 'Status', 'Verification-Key'];
    const written = [
      (claim) => `X-Latchkey-${claim}`, (claim) => `x-latchkey-${claim.toLowerCase()}`, (claim) => `X_Latchkey_${claim.replace('-', '_')}`,
      (claim) => `X-Latchkey_${claim}`, (claim) => `X_Latchkey-${claim}`,
    ];
    if (name !== 'nginx') written.push((claim) => `X.Latchkey.${claim}`, (claim) => `X~Latchkey!${claim}`);
    const forged = claims.flatMap((claim) => written.flatMap((write) => [[write(claim), 'forged'], [write(claim), 'forged again']]));
    const hop = ['Connection', ['keep-alive', ...claims.map((claim) => `X-Latchkey-${claim}`)].join(', ')];
    for (const more of [[...forged], [hop], [...forged.filter((_, position) => position % 3 === 0), hop]]) {
      const { seen } = await passes('/orders', { headers: [...more, bearer(reader.secret)] });
      assert.deepEqual(identity.map((each) => values(seen, each)), [[reader.id], ['shop'], ['orders:read'], [reader.id]]);
      assert.equal((await phantom(seen)).payload.sub, reader.id);
      assert.equal(values(seen, 'authorization').length, 1);
      assert.ok(!JSON.stringify(seen.headers).includes('forged'), JSON.stringify(seen.headers));
    }
    // who takes their own credential off again is nobody, or who they are
    const off = await call('/orders', { headers: [['Connection', 'keep-alive, Authorization'], bearer(reader.secret)] });
    if (off.seen) assert.equal((await phantom(off.seen)).payload.sub, reader.id);
    else assert.equal(off.answer.status, 401);
    // where there is nothing to say, what the caller says doesn't stand there instead
    const { seen } = await passes('/open', { headers: [['X-Latchkey-Scopes', 'orders:admin'], bearer(bare.secret)] });
    assert.deepEqual(values(seen, 'x-latchkey-scopes').filter((value) => value !== ''), []);
    // a key of another API is not asked with, nor does it let its own credentials in
    const theirs = ['X-Latchkey-Verification-Key', orders.otherKey];
    await isRefused(401, 'NOT_FOUND', '/orders', { headers: [theirs, bearer(orders.callers.foreign.secret)] });
    await passes('/orders', { headers: [theirs, bearer(reader.secret)] });
  });

  test_('a caller does not choose what Latchkey is asked about', async () => {
    const { reader, here, elsewhere } = orders.callers;
    const lies = [
      ['X-Forwarded-Method', 'GET'], ['X-Forwarded-Uri', '/orders/1'], ['X_Forwarded_Method', 'GET'], ['X_Forwarded_Uri', '/orders/1'],
      ['X-Original-Method', 'GET'], ['X-Original-URI', '/orders/1'], ['X-HTTP-Method-Override', 'GET'],
    ];
    for (const headers of [lies, [...lies, ['Connection', 'X-Forwarded-Uri, X-Forwarded-Method']]]) {
      await isRefused(403, 'INSUFFICIENT_SCOPE', '/orders/1', { method: 'DELETE', headers: [...headers, bearer(reader.secret)] });
      await isRefused(403, 'INSUFFICIENT_SCOPE', '/admin', { headers: [...headers, bearer(reader.secret)] });
    }
    await passes('/orders/1', { headers: [['X-Forwarded-Method', 'DELETE'], ['X-Forwarded-Uri', '/admin'], bearer(reader.secret)] });

    // nor does its query say what only the gateway's may
    for (const query of ['scope=orders:admin', 'nginx', 'scopes=']) await passes(`/orders?${query}`, { headers: [bearer(reader.secret)] });

    const addresses = [['X-Forwarded-For', '203.0.113.9'], ['X-Real-IP', '203.0.113.9'], ['Forwarded', 'for=203.0.113.9'], ['X_Forwarded_For', '203.0.113.9']];
    for (const headers of [addresses, [...addresses, ['X-Forwarded-For', '203.0.113.9']]]) {
      await isRefused(403, 'IP_NOT_ALLOWED', '/orders', { headers: [...headers, bearer(elsewhere.secret)] });
      await passes('/orders', { headers: [...headers, bearer(here.secret)] });
    }
    await isRefused(403, 'IP_NOT_ALLOWED', '/orders', { headers: [bearer(here.secret)], from: '127.0.0.3' });
  });

  // L2: a token that is bound to a certificate is worth nothing to who only knows the certificate
  test_('a caller does not say which certificate it has', async () => {
    const { token, certificate } = orders.bound;
    const shown = { [certificateHeader]: certificate };
    const asked = { 'X-Latchkey-Verification-Key': orders.key, 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': '/orders', Authorization: `Bearer ${token}` };
    const allowed = await fetch(`${orders.server.address}/v1/forward-auth`, { headers: { ...asked, ...shown } });
    assert.equal(allowed.status, 200, 'the token is no good anyway');
    for (const headers of [[], Object.entries(shown), [[certificateHeader.replaceAll('-', '_'), certificate]]]) {
      await isRefused(401, 'BAD_SIGNATURE', '/orders', { headers: [...headers, bearer(token)] });
    }
  });

  // whatever the API makes of a path, it is an order: nothing else was allowed
  test_('odd paths do not lead anywhere else', async () => {
    const paths = [
      '/orders/../admin', '/orders/%2e%2e/admin', '/orders/%2E%2E/admin', '/orders/.%2e/admin', '/orders/..%2fadmin', '/orders/..%2Fadmin',
      '/orders/%2e%2e%2fadmin', '/orders/1/../../admin', '/orders/1%2f..%2f..%2fadmin', '/orders/..;/admin', '/orders/;/../admin',
      '/orders/..%5cadmin', '/orders/..\\admin', '/./admin', '//admin', '///admin', '/orders/..//admin', '/%2fadmin', '/admin/', '/admin;x=1',
      '/admin;/../orders/1', '/admin%3bx', '/%61dmin', '/admin%00', '/admin%2f', '/admin?/orders/1', '/admin%3f/../orders/1', '/ADMIN', '/admin#/../orders/1',
      '/orders/%252e%252e/admin', '/orders/%252e%252e%252fadmin', '/orders/1/../..//admin', '/orders//../admin', '/orders/./../admin',
      'http://127.0.0.1/admin', 'http://elsewhere.example//admin', '/orders/1?x=/../../admin', '/orders/%ff', '/orders/%', '/orders/%zz',
    ];
    const allowed = /^\/orders(\/[^/]*)?$/;
    let answered = 0;
    for (const path of paths) {
      const { answer, seen } = await call(path, { headers: [bearer(orders.callers.reader.secret)] });
      if (seen) {
        for (const way of readings(seen.url)) assert.match(way, allowed, `${path} reached the API as ${seen.url}`);
        answered += 1;
      } else {
        assert.ok([400, 401, 403, 404].includes(answer.status), `${path}: ${answer.status} ${answer.body}`);
      }
    }
    assert.ok(answered >= 1, 'no path at all is let through');
    assert.ok((await passes('/orders/1?x=/../../admin', { headers: [bearer(orders.callers.reader.secret)] })).seen.url.startsWith('/orders/1?'));
  });

  test_('callers are not mixed up', async () => {
    upstream.forget();
    const { reader, second, signed } = orders.callers;
    const list = Array.from({ length: 60 }, (_, number) => [reader, second, signed][number % 3]);
    const answers = await Promise.all(list.map((caller, number) => ask(gateways[name].port, `/orders/${number}`, { headers: [bearer(caller.secret)] })));
    for (const [number, answer] of answers.entries()) {
      assert.equal(answer.status, 200, answer.body);
      const seen = JSON.parse(answer.body);
      assert.equal(seen.url, `/orders/${number}`);
      assert.deepEqual(values(seen, 'x-latchkey-subject'), [list[number].id]);
      assert.equal((await phantom(seen)).payload.sub, list[number].id);
    }
  });
}

// F-06: what can't be known is no yes
test('without an answer of Latchkey nobody is let through', async () => {
  const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const closed = await freePort();
  const foreign = orders.key.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const raise = (file, text) => text.replace('local given =', 'error("broken")\n  local given =');
  const cases = wanted.flatMap((name) => [
    [name, { latchkey: closed }],
    [name, { key: foreign }],
    // Traefik waits for half a minute, and that can't be set
    ...(name === 'traefik' ? [] : [[name, { latchkey: silent.address().port }]]),
    ...(name === 'haproxy' ? [[name, { change: raise }]] : []),
  ]);
  upstream.forget();
  await Promise.all(cases.map(async ([name, how]) => {
    const gateway = await start(name, how);
    try {
      const answer = await ask(gateway.port, '/orders', { headers: [bearer(orders.callers.reader.secret)] });
      assert.ok(answer.status >= 500 && answer.status <= 504, `${name} ${JSON.stringify(how)}: ${answer.status} ${answer.body}\n${gateway.output()}`);
    } finally {
      await gateway.stop();
    }
  }));
  assert.deepEqual(upstream.seen, []);
  silent.close();
});

/** What backends may make of a path: as it stands, decoded, without parameters, dots resolved, slashes merged. */
function readings(url) {
  const path = url.replace(/^https?:\/\/[^/]*/, '').split(/[?#]/)[0];
  const decode = (text) => text.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
  const tidy = (text) => {
    const kept = [];
    for (const part of text.replaceAll('\\', '/').split('/').map((part) => part.split(';')[0])) {
      if (part === '..') kept.pop();
      else if (part !== '.' && part !== '') kept.push(part);
    }
    return `/${kept.join('/')}`;
  };
  return [path, tidy(path), tidy(decode(path))];
}
