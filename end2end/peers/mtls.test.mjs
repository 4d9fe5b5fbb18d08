// L1 to L3, RFC 8705: curl with certificates of OpenSSL, at our own TLS listener and through nginx.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { Certificates, curl } from '../support/certificates.mjs';
import { manage, verify } from '../support/http.mjs';
import { freePort } from '../support/ports.mjs';
import { startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';

const audience = 'https://payments.example';
const localhost = ['basicConstraints=CA:FALSE', 'subjectAltName=DNS:localhost'];
const cartNames = ['basicConstraints=CA:FALSE', 'extendedKeyUsage=clientAuth', 'subjectAltName=DNS:cart.example.com,URI:spiffe://example.com/cart'];
let folder, certificates, server, own, proxy, nginx, management, verificationKey;
const [cart, self] = [{}, {}];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-mtls-'));
  certificates = new Certificates(folder);
  await makeCertificates();
  const [mtlsPort, nginxPort] = [await freePort(), await freePort()];
  own = `https://localhost:${mtlsPort}`;
  proxy = `https://localhost:${nginxPort}`;
  server = await startServer({
    dev: false,
    environment: {
      LATCHKEY_MTLS_LISTEN: `127.0.0.1:${mtlsPort}`,
      LATCHKEY_MTLS_CERT_FILE: certificates.file('server.pem'),
      LATCHKEY_MTLS_KEY_FILE: certificates.file('server.key'),
      LATCHKEY_MTLS_CLIENT_CA_FILE: certificates.file('clients.pem'),
      LATCHKEY_MTLS_PUBLIC_URL: own,
      LATCHKEY_TRUSTED_PROXIES: '127.0.0.1',
      LATCHKEY_CLIENT_CERT_HEADER: 'X-SSL-Client-Cert',
      LATCHKEY_CLIENT_CERT_VERIFIED_HEADER: 'X-SSL-Client-Verify',
    },
  });
  nginx = await startNginx(nginxPort);
  await server.command('org', 'create', '--name', 'Shop', '--slug', 'shop');
  management = await manage(server, 'shop');
  const api = await management.post('/apis', { name: 'Payments', audience, visibility: 'private', scopes: [{ name: 'pay', description: 'Pay' }] });
  verificationKey = (await management.post(`/apis/${api.id}/verification-keys`, { name: 'Tests' })).secret;
  const app = (name, auth_method, certificate) =>
    management.post('/apps', { name, auth_method, certificate, grants: [{ api: audience, scopes: ['pay'] }] });
  cart.app = await app('cart', 'tls_client_auth', { subject_dn: 'CN=cart, O=Acme\\, Inc., C=DE' });
  self.app = await app('self', 'self_signed_tls_client_auth', self.certificate.pem);
});
after(async () => {
  if (nginx) {
    const ended = once(nginx, 'exit');
    nginx.kill('SIGTERM');
    await ended;
  }
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function makeCertificates() {
  await certificates.selfSigned('servers', '/CN=servers', { authority: true });
  await certificates.signed('server', '/CN=localhost', 'servers', localhost);
  await certificates.selfSigned('clients', '/CN=clients', { authority: true });
  await certificates.selfSigned('strangers', '/CN=clients', { authority: true });
  const intermediate = await certificates.signed('department', '/CN=department', 'clients', ['basicConstraints=critical,CA:TRUE']);
  cart.certificate = await certificates.signed('cart', '/C=DE/O=Acme, Inc./CN=cart', 'department', cartNames);
  // what a client shows is its own certificate and those between it and the authority
  await writeFile(certificates.file('cart.pem'), cart.certificate.pem + intermediate.pem);
  await certificates.signed('impostor', '/C=DE/O=Acme, Inc./CN=cart', 'strangers', cartNames);
  await certificates.signed('till', '/C=DE/O=Acme, Inc./CN=till', 'clients', cartNames);
  self.certificate = await certificates.selfSigned('self', '/CN=self');
  await certificates.selfSigned('other', '/CN=self');
}

async function startNginx(port) {
  const file = (name) => join(folder, name);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${file(kind)};`);
  await writeFile(file('nginx.conf'), `
    daemon off;
    pid ${file('nginx.pid')};
    error_log stderr;
    events {}
    http {
      access_log off;
      ${temporary.join('\n      ')}
      server {
        listen 127.0.0.1:${port} ssl;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate ${file('server.pem')};
        ssl_certificate_key ${file('server.key')};
        ssl_client_certificate ${file('clients.pem')};
        ssl_verify_client optional_no_ca;
        ssl_verify_depth 3;
        location / {
          proxy_pass ${server.address};
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-For $remote_addr;
          proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;
          proxy_set_header X-SSL-Client-Verify $ssl_client_verify;
        }
      }
    }`);
  const child = spawn(process.env.NGINX_PATH ?? '/usr/sbin/nginx', ['-e', 'stderr', '-p', folder, '-c', file('nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.on('exit', () => child.kill('SIGKILL'));
  let complaint = '';
  child.stderr.on('data', (text) => (complaint += text));
  const ready = () => curl(certificates, `${proxy}/health/live`).catch(() => undefined);
  await until('nginx answers', async () => {
    assert.equal(child.exitCode, null, complaint);
    return (await ready())?.status === 200;
  });
  return child;
}

const token = (base, client, how = {}) =>
  curl(certificates, `${base}/oauth/token`, { ...how, form: { grant_type: 'client_credentials', client_id: client.app.client_id, ...how.form } });

const ways = [['our own listener', () => own], ['nginx', () => proxy]];
for (const [way, base] of ways) {
  test(`an authority vouches for the client's name, at ${way}`, async () => {
    for (const more of [['--tlsv1.3'], ['--tls-max', '1.2']]) {
      const issued = await token(base(), cart, { as: 'cart', more });
      assert.equal(issued.status, 200, JSON.stringify(issued.body));
      const claims = JSON.parse(Buffer.from(issued.body.access_token.split('.')[1], 'base64url'));
      assert.deepEqual(claims.cnf, { 'x5t#S256': cart.certificate.thumbprint });
      const code = async (wishes) => (await verify(server.address, verificationKey, issued.body.access_token, wishes)).code;
      assert.equal(await code({}), 'BAD_SIGNATURE');
      assert.equal(await code({ certificate: self.certificate.thumbprint }), 'BAD_SIGNATURE');
      assert.equal(await code({ certificate: cart.certificate.pem }), 'VALID');
    }
    for (const as of ['impostor', 'till', 'self', undefined]) {
      const refused = await token(base(), cart, { as });
      assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_client'], as);
    }
  });

  test(`a client with a certificate of its own, at ${way}`, async () => {
    const issued = await token(base(), self, { as: 'self' });
    assert.equal(issued.status, 200, JSON.stringify(issued.body));
    for (const as of ['other', 'cart', undefined]) {
      const refused = await token(base(), self, { as });
      assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_client'], as);
    }
  });

  test(`introspection and revocation by certificate, at ${way}`, async () => {
    const { body } = await token(base(), self, { as: 'self' });
    const form = { client_id: self.app.client_id, token: body.access_token };
    const ask = (path, as) => curl(certificates, `${base()}${path}`, { as, form });
    const told = await ask('/oauth/introspect', 'self');
    assert.deepEqual([told.status, told.body.active, told.body.cnf], [200, true, { 'x5t#S256': self.certificate.thumbprint }]);
    assert.equal((await ask('/oauth/introspect', 'other')).status, 401);
    assert.equal((await ask('/oauth/revoke', 'self')).status, 200);
    assert.deepEqual((await ask('/oauth/introspect', 'self')).body, { active: false });
  });

  // L2: what a caller says of itself isn't passed on, nor looked at
  test(`headers of a caller prove nothing, at ${way}`, async () => {
    const headers = { 'X-SSL-Client-Cert': encodeURIComponent(self.certificate.pem), 'X-SSL-Client-Verify': 'SUCCESS' };
    assert.equal((await token(base(), self, { headers })).status, 401);
    assert.equal((await token(base(), self, { as: 'other', headers })).status, 401);
  });
}

// L3, H6
test('the metadata names the listener, and every endpoint of it works', async () => {
  const { body } = await curl(certificates, `${own}/.well-known/oauth-authorization-server`);
  assert.equal(body.issuer, server.url);
  assert.equal(body.tls_client_certificate_bound_access_tokens, true);
  for (const method of ['tls_client_auth', 'self_signed_tls_client_auth']) {
    assert.ok(body.token_endpoint_auth_methods_supported.includes(method));
  }
  const form = { grant_type: 'client_credentials', client_id: self.app.client_id };
  const { body: issued } = await curl(certificates, body.mtls_endpoint_aliases.token_endpoint, { as: 'self', form });
  for (const name of ['introspection_endpoint', 'revocation_endpoint']) {
    const asked = { client_id: self.app.client_id, token: issued.access_token };
    assert.equal((await curl(certificates, body.mtls_endpoint_aliases[name], { as: 'self', form: asked })).status, 200, name);
  }
});

// who only has somebody's certificate, and not its key, can't sign the handshake
test('a certificate without its key is no certificate', async () => {
  const [cert, key] = await Promise.all([certificates.file('self.pem'), certificates.file('other.key')]);
  await assert.rejects(curl(certificates, `${own}/health/live`, { more: ['--cert', cert, '--key', key] }));
});

// F-04: neither who says nothing before the handshake nor who asks nothing after it holds up a stop
test('a stop does not wait for idle connections', async () => {
  const { port } = new URL(own);
  const silent = createConnection({ port: Number(port), host: '127.0.0.1' });
  const idle = connect({ port: Number(port), host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false });
  await Promise.all([once(silent, 'connect'), once(idle, 'secureConnect')]);
  for (const socket of [silent, idle]) socket.on('error', () => {});
  assert.equal((await curl(certificates, `${own}/health/live`)).status, 200);
  const from = Date.now();
  await server.stop();
  server = undefined;
  assert.ok(Date.now() - from < 8_000, 'idle connections were waited for');
});
