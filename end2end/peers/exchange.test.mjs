// RFC 8693 with users' tokens of npm oidc-provider, keys by discovery.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { manage, token, verify } from '../support/http.mjs';
import { startTokenProvider } from '../support/token_provider.mjs';
import { startServer } from '../support/server.mjs';

const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
const type = (name) => `urn:ietf:params:oauth:token-type:${name}`;
const audience = 'https://shop-orders.example';
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
let server, gateway, cart;
const providers = [];

before(async () => {
  // only --dev asks http addresses on loopback
  server = await startServer();
  await server.command('org', 'create', '--name', 'Shop', '--slug', 'shop');
  const management = await manage(server, 'shop');
  const api = await management.post('/apis', { name: 'Orders', audience, scopes: [{ name: 'checkout' }] });
  gateway = (await management.post(`/apis/${api.id}/verification-keys`, { name: 'gateway' })).secret;
  const app = await management.post('/apps', { name: 'cart', grants: [{ api: audience, scopes: ['checkout'] }] });
  cart = { id: app.client_id, secret: app.client_secret, by: 'basic' };
  for (const alg of algorithms) {
    const provider = await startTokenProvider({ alg, client: 'shop' });
    providers.push(provider);
    await management.post('/trusted-issuers', { issuer: provider.issuer, audience: 'shop' });
  }
});

after(async () => {
  providers.forEach((provider) => provider.stop());
  await server?.stop();
});

const exchange = (subject_token, kind) =>
  token(server.address, cart, { grant_type, subject_token, subject_token_type: type(kind), resource: audience });

for (const [position, alg] of algorithms.entries()) {
  test(`an ID token signed with ${alg} is exchanged`, async () => {
    const { issuer, idToken } = providers[position];
    const answer = await exchange(await idToken('carol'), 'id_token');
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body.issued_token_type, type('access_token'));
    const { sub, principal, act, email } = decodeJwt(answer.body.access_token);
    assert.deepEqual({ sub, principal, act, email }, {
      sub: `${issuer}|carol`, principal: 'user', act: { sub: cart.id }, email: undefined,
    });
    const verified = await verify(server.address, gateway, answer.body.access_token);
    assert.deepEqual([verified.code, verified.subject], ['VALID', sub]);
  });
}

test('a JWT access token (RFC 9068) is exchanged', async () => {
  const { issuer, accessToken } = providers[0];
  const answer = await exchange(await accessToken(), 'access_token');
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(decodeJwt(answer.body.access_token).sub, `${issuer}|shop`);
});

test('a logout token, another audience and a token of nobody known are refused', async () => {
  const { logoutToken, idToken } = providers[0];
  const stranger = await startTokenProvider({ alg: 'RS256', client: 'shop' });
  providers.push(stranger);
  for (const [subject, kind] of [
    [await logoutToken('carol'), 'id_token'],
    [await logoutToken('carol'), 'jwt'],
    [await idToken('carol', 'other'), 'id_token'],
    [await stranger.idToken('carol'), 'id_token'],
  ]) {
    const answer = await exchange(subject, kind);
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_request'], kind);
  }
});
