// An API of orders whose calls need scopes, and callers of every kind.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Certificates } from './certificates.mjs';
import { manage } from './http.mjs';
import { startServer } from './server.mjs';

export const audience = 'https://orders.example';
/** Where a proxy of Latchkey says which certificate a client showed. */
export const certificateHeader = 'X-SSL-Client-Cert';

const needs = (...scopes) => ({ security: [{ latchkey: scopes }], responses: { 200: { description: 'Done' } } });
const id = [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }];
const document = {
  openapi: '3.1.0',
  info: { title: 'Orders', version: '1' },
  components: {
    securitySchemes: {
      latchkey: {
        type: 'oauth2',
        flows: {
          clientCredentials: {
            tokenUrl: 'https://keys.example/oauth/token',
            scopes: { 'orders:read': 'See orders', 'orders:write': 'Change orders', 'orders:admin': 'Everything' },
          },
        },
      },
    },
  },
  paths: {
    '/orders': { get: needs('orders:read'), head: needs('orders:read'), post: needs('orders:write'), options: needs('orders:read') },
    '/orders/{id}': { parameters: id, get: needs('orders:read'), put: needs('orders:write'), patch: needs('orders:write'), delete: needs('orders:write') },
    '/admin': { get: needs('orders:admin'), post: needs('orders:admin') },
    '/open': { get: { security: [], responses: { 200: { description: 'Done' } } } },
  },
};

/** Starts Latchkey with this API. `gateways` are the names of those that get a key of their own that holds two calls an hour. */
export async function startOrders({ gateways }) {
  const server = await startServer({ dev: false, environment: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1', LATCHKEY_CLIENT_CERT_HEADER: certificateHeader } });
  await server.command('org', 'create', '--name', 'Shop', '--slug', 'shop');
  const management = await manage(server, 'shop');
  const makeApi = async (name, audience) => {
    const scopes = ['orders:read', 'orders:write', 'orders:admin'].map((scope) => ({ name: scope, description: scope }));
    const api = await management.post('/apis', { name, audience, visibility: 'private', scopes, unknown_operations: 'strict' });
    await management.call('PUT', `/apis/${api.id}/openapi`, document);
    return { id: api.id, key: (await management.post(`/apis/${api.id}/verification-keys`, { name: 'Gateway' })).secret };
  };
  const [orders, other] = [await makeApi('Orders', audience), await makeApi('Other', 'https://other.example')];
  const key = async (name, scopes, more = {}) => {
    const { id, secret, jwt } = await management.post('/keys', { kind: 'api_key', name, api: orders.id, scopes, ...more });
    return { id, secret: secret ?? jwt };
  };
  const callers = {
    reader: await key('reader', ['orders:read']),
    second: await key('second', ['orders:read']),
    all: await key('all', ['orders:read', 'orders:write', 'orders:admin']),
    bare: await key('bare', []),
    signed: await key('signed', ['orders:read'], { kind: 'jwt_key' }),
    revoked: await key('revoked', ['orders:read']),
    here: await key('here', ['orders:read'], { allowed_ips: ['127.0.0.2/32'] }),
    elsewhere: await key('elsewhere', ['orders:read'], { allowed_ips: ['203.0.113.0/24'] }),
    foreign: await key('foreign', ['orders:read'], { api: other.id }),
  };
  await management.post(`/keys/${callers.revoked.id}/revoke`, { reason: 'Test' });
  const limited = {};
  for (const gateway of gateways) {
    limited[gateway] = await key(`limited at ${gateway}`, ['orders:read'], { rate_limits: [{ name: 'hourly', limit: 2, window_seconds: 3600 }] });
  }
  const bound = await boundToken(server, management);
  return { server, key: orders.key, otherKey: other.key, callers, limited, bound, stop: () => server.stop() };
}

/** A token that is worth something only beside a certificate, and that certificate as a proxy would pass it on. */
async function boundToken(server, management) {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bound-'));
  const { pem } = await new Certificates(folder).selfSigned('till', '/CN=till');
  await rm(folder, { recursive: true });
  const app = await management.post('/apps', {
    name: 'Till', auth_method: 'self_signed_tls_client_auth', certificate: pem, token_binding: 'certificate',
    grants: [{ api: audience, scopes: ['orders:read'] }],
  });
  const certificate = encodeURIComponent(pem);
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: app.client_id });
  const answer = await fetch(`${server.address}/oauth/token`, { method: 'POST', headers: { [certificateHeader]: certificate }, body });
  const { access_token: token } = await answer.json();
  assert.ok(token, `no token for a certificate: ${answer.status}`);
  return { token, certificate };
}
