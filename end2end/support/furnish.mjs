// Fills the demo organisation, for pages that are looked at.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { manage, verify } from './http.mjs';

const names = ['Checkout service', 'Warehouse sync', 'Partner: Northwind', 'Mobile app', 'Nightly export', 'Support tools', 'Load test'];
const audience = 'https://orders.example';
const operation = (operationId, summary, ...scopes) => ({ operationId, summary, security: [{ latchkey: scopes }], responses: { 200: { description: 'Done' } } });
const oauth = { type: 'oauth2', flows: { clientCredentials: { tokenUrl: 'https://keys.example/oauth/token', scopes: { 'orders:read': 'See orders', 'orders:write': 'Place and change orders' } } } };
/** An OpenAPI document of the demo API, without what is left out. */
const document = (...left) => ({
  openapi: '3.1.0', info: { title: 'Orders', version: '1' }, components: { securitySchemes: { latchkey: oauth } },
  paths: Object.fromEntries(Object.entries({
    '/orders': { get: operation('listOrders', 'See all orders', 'orders:read'), post: operation('placeOrder', 'Place an order', 'orders:write') },
    '/orders/{id}': { get: operation('getOrder', 'See one order', 'orders:read'), delete: operation('cancelOrder', 'Cancel an order that is not packed yet', 'orders:write') },
    '/orders/{id}/invoice': { get: operation('getInvoice', 'Its invoice, as a PDF', 'orders:read') },
    '/health': { get: { ...operation('health', 'Whether it runs'), security: [] } },
  }).filter(([path]) => !left.includes(path))),
});

/**
 * Keys in every state, a second API, an app, an invitation, another organisation that uses the first API and asks for
 * more, and `calls` calls. Answers what the pages' paths need.
 */
export async function furnish(server, { calls = 40 } = {}) {
  const management = await manage(server, 'demo');
  const billing = await management.post('/apis', {
    name: 'Billing', audience: 'https://billing.example', visibility: 'private', scopes: [{ name: 'bills:read', description: 'See bills' }],
  });
  const [orders] = (await management.all('/apis')).filter((api) => api.audience === audience);
  const gateway = await management.post(`/apis/${orders.id}/verification-keys`, { name: 'Gateway' });
  await management.post(`/apis/${billing.id}/verification-keys`, { name: 'Billing service' });
  const keys = await createKeys(management);
  const app = await management.post('/apps', {
    name: 'Month-end reports', auth_method: 'client_secret_basic', grants: [{ api: billing.id, scopes: ['bills:read'] }],
  });
  const programs = await createPrograms(management, orders, app);
  await management.call('PUT', `/apis/${orders.id}/openapi`, document('/orders/{id}/invoice'));
  const policy = await createPolicy(management, orders);
  await management.post('/invitations', { email: 'grace@example.com', role: 'developer' });
  await addConsumer(server, orders, management);
  await use(server, gateway.secret, keys, calls);
  return { slug: 'demo', api: orders.id, key: keys[0].id, app: app.id, ...programs, ...policy, verificationKey: gateway.secret, keys, management };
}

/** What some keys have that others don't. */
const particulars = {
  0: {
    rate_limits: [{ name: 'a minute', limit: 600, window_seconds: 60 }, { name: 'a day', limit: 20_000, window_seconds: 86_400, mode: 'exact' }],
    credits: { remaining: 950, refill: { amount: 1_000, every: 'month' } },
  },
  2: { owner: 'northwind', metadata: { plan: 'pro' }, allowed_ips: ['203.0.113.0/24'], denied_ips: ['203.0.113.66/32'] },
};

async function createKeys(management) {
  const keys = [];
  for (const [position, name] of names.entries()) {
    const scopes = ['orders:read', ...(position % 2 ? [] : ['orders:write'])];
    const more = particulars[position] ?? {};
    const expiry = position === 4 ? { kind: 'jwt_key' } : { kind: 'api_key', environment: position === 6 ? 'test' : 'live' };
    keys.push(await management.post('/keys', { name, api: audience, scopes, ...expiry, ...more }));
  }
  await management.post(`/keys/${keys[0].id}/rotate`, { overlap_seconds: 86_400 });
  await management.post(`/keys/${keys[5].id}/revoke`, { reason: 'Found in a build log' });
  await management.post(`/keys/${keys[3].id}/disable`);
  return keys;
}

/** Apps and accounts with keys, who may call whom, a rule for pods, an identity provider, a token for registration. */
async function createPrograms(management, orders, reports) {
  const jwk = (kid, kind = 'ed25519', options = {}) => ({ ...generateKeyPairSync(kind, options).publicKey.export({ format: 'jwk' }), kid });
  const grants = [{ api: orders.id, scopes: ['orders:read'], exchange: ['delegation'] }];
  const own = await management.post('/apps', {
    name: 'Cart', auth_method: 'private_key_jwt', grants, tokens_per_day: 5_000, rate_limits: [{ name: 'a minute', limit: 600, window_seconds: 60 }],
    jwks: { keys: [jwk('cart-2027'), jwk('cart-2026', 'ec', { namedCurve: 'P-256' })] },
  });
  const certified = await management.post('/apps', {
    name: 'Warehouse gateway', auth_method: 'tls_client_auth', certificate: { san_dns: 'gateway.warehouse.example' },
    token_binding: 'certificate', grants,
  });
  const account = await management.post('/service-accounts', { name: 'Deployment', roles: ['developer'], jwks: { keys: [jwk('deploy')] } });
  await management.call('PUT', `/apis/${orders.id}/call-paths`, {
    default: 'allow', max_depth: 3,
    items: [
      { caller: own.id, via: [] }, { caller: reports.id, via: [own.id] }, { caller: reports.id, via: [own.id, certified.id] },
      { caller: account.id, via: [] },
    ],
  });
  await management.post('/workload-rules', {
    issuer: 'https://token.actions.githubusercontent.com', audience: 'https://keys.example', principal: account.id,
    claims: { repository: 'northwind/shop', sub: 'repo:northwind/shop:*' },
  });
  await management.post('/trusted-issuers', { issuer: 'https://login.northwind.example', audience: 'web-shop' });
  await management.post('/initial-access-tokens', { name: 'Deployment of the shop', uses: 20, grants });
  return { appByKey: own.id, appByCertificate: certified.id, account: account.id };
}

/** What is handed out once, and where notices go. */
async function createPolicy(management, orders) {
  const link = { api: orders.id, scopes: ['orders:write'], purpose: 'confirm-order', expires_in_seconds: 3_600 };
  for (const purpose of ['confirm-order', 'cancel-order']) await management.post('/action-tokens', { ...link, purpose });
  const webhook = await management.post('/webhooks', { url: 'https://hooks.northwind.example/latchkey', kinds: ['credential.revoked', 'limit.warning', 'leak.reported'] });
  return { webhook: webhook.id };
}

/** A scanner that leaks are taken from, and its lines of latchkey.toml. */
export function leakReporter() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  return { privateKey, toml: `[[leak_reporters]]\nname = "Nightly scan"\nkey_identifier = "nightly-1"\npublic_key = """\n${pem}"""\n` };
}

/** Reports that a secret stands on a page. */
export async function reportLeak(server, { privateKey }, token) {
  const body = JSON.stringify([{ token, type: 'latchkey', url: 'https://wiki.example/runbooks/load-test', source: 'wiki' }]);
  const headers = {
    'Content-Type': 'application/json', 'Github-Public-Key-Identifier': 'nightly-1',
    'Github-Public-Key-Signature': sign('sha256', Buffer.from(body), privateKey).toString('base64'),
  };
  const answer = await fetch(`${server.address}/v1/leaks`, { method: 'POST', headers, body });
  assert.equal(answer.status, 200, await answer.text());
}

/** Another organisation with a key for this API and an access request. */
async function addConsumer(server, api, owner) {
  await server.command('org', 'create', '--name', 'Northwind Traders', '--slug', 'northwind');
  const management = await manage(server, 'northwind');
  await management.post('/keys', { kind: 'api_key', name: 'Order import', api: api.id, scopes: ['orders:read'] });
  await owner.call('PUT', `/apis/${api.id}/consumers/northwind`, {
    rate_limits: [{ name: 'a minute', limit: 600, window_seconds: 60 }], credits: { remaining: 20_000, refill: { amount: 50_000, every: 'month' } },
  });
  const reason = 'Our warehouse places its orders by itself, some hundred a day.';
  await management.post('/access-requests', { api: api.id, scopes: ['orders:write'], reason });
}

async function use(server, verificationKey, keys, calls) {
  const weights = [12, 6, 3, 1, 5, 1, 0];
  const order = keys.flatMap((key, position) => Array(weights[position]).fill(key.secret ?? key.jwt));
  for (let call = 0; call < calls; call += 1) {
    // 11 and the 28 places have no common factor: every place has its turn
    const scopes = call % 23 === 22 ? ['orders:refund'] : ['orders:read'];
    await verify(server.address, verificationKey, order[(call * 11) % order.length], { scopes, ip: '203.0.113.9' });
  }
}

/** A document that has one operation more, as a person would upload it. */
export const laterDocument = () => JSON.stringify(document('/health'), null, 2);

/** The pages of the portal: name, path, status, and whether one must be signed in. */
export function pages({ slug, api, key, app, appByKey, appByCertificate, account, webhook }) {
  const org = `/orgs/${slug}`;
  const inside = {
    organisations: '/?all', 'new-organisation': '/orgs/new', overview: org,
    apis: `${org}/apis`, 'check-any': `${org}/check-credential`, 'new-api': `${org}/apis/new`, ...(api && { api: `${org}/apis/${api}`, 'edit-api': `${org}/apis/${api}/edit`, 'call-paths': `${org}/apis/${api}/call-paths`, check: `${org}/check-credential?api=${api}`, operations: `${org}/apis/${api}/operations` }),
    keys: `${org}/keys`, 'new-key': `${org}/keys/new`, ...(api && { 'key-form': `${org}/keys/new?api=${api}` }), ...(key && { key: `${org}/keys/${key}` }),
    apps: `${org}/apps`, 'new-app': `${org}/apps/new`, ...(app && { app: `${org}/apps/${app}` }),
    ...(appByKey && { 'app-by-key': `${org}/apps/${appByKey}`, 'edit-app': `${org}/apps/${appByKey}/edit` }),
    ...(appByCertificate && { 'app-by-certificate': `${org}/apps/${appByCertificate}`, 'edit-app-by-certificate': `${org}/apps/${appByCertificate}/edit` }),
    registration: `${org}/initial-access-tokens`,
    'service-accounts': `${org}/service-accounts`, 'new-service-account': `${org}/service-accounts/new`,
    ...(account && { 'service-account': `${org}/service-accounts/${account}`, 'edit-service-account': `${org}/service-accounts/${account}/edit` }),
    'workload-rules': `${org}/workload-rules`, 'workload-test': `${org}/workload-rules/test`, 'trusted-issuers': `${org}/trusted-issuers`,
    'action-tokens': `${org}/action-tokens`, notices: `${org}/notices`, webhooks: `${org}/webhooks`, ...(webhook && { webhook: `${org}/webhooks/${webhook}` }),
    hygiene: `${org}/hygiene`, leaks: `${org}/leaks`, 'security-tier': `${org}/security-tier`, 'security-tier-high': `${org}/security-tier?tier=high`,
    usage: `${org}/usage`, audit: `${org}/audit`, members: `${org}/members`, settings: `${org}/settings`,
    catalogue: '/catalogue', operator: '/operator', 'operator-search': `/operator?q=${slug}`, account: '/account', reference: '/docs/api',
  };
  const outside = { start: '/', 'sign-in': '/sign-in', 'signed-out': '/signed-out' };
  const missing = '/nowhere';
  return [
    ...Object.entries(outside).map(([name, path]) => ({ name, path, signedIn: false, status: 200 })),
    ...Object.entries(inside).map(([name, path]) => ({ name, path, signedIn: true, status: 200 })),
    ...[true, false].map((signedIn) => ({ name: `missing-${signedIn ? 'inside' : 'outside'}`, path: missing, signedIn, status: 404 })),
  ];
}
