// What the pages about OAuth tell people to type does what they say, typed as it stands there.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { manage, verify } from '../support/http.mjs';
import { startServer } from '../support/server.mjs';

const docs = resolve(import.meta.dirname, '../../docs');
const orders = 'https://orders.example';
const missing = ['bash', 'curl', 'jq', 'openssl'].filter((name) => spawnSync(name, ['--version']).error);
const options = { skip: missing.length > 0 && `${missing} isn't here` };
let server, management, folder, gateway;

before(async () => {
  server = await startServer();
  management = await manage(server, 'demo');
  folder = await mkdtemp(join(tmpdir(), 'latchkey-docs-'));
  const api = (await management.all('/apis')).find(({ audience }) => audience === orders);
  gateway = (await management.post(`/apis/${api.id}/verification-keys`, { name: 'documented' })).secret;
});

after(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/** The one block of shell on the page that has this text in it. */
async function block(page, text) {
  const blocks = [...(await readFile(join(docs, page), 'utf8')).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  const found = blocks.filter((block) => block.includes(text));
  assert.equal(found.length, 1, `${page}: ${text}`);
  return found[0];
}

/** Types these lines into a shell and answers what it printed. */
async function type(lines, variables = {}) {
  const names = { LATCHKEY: server.url, MANAGEMENT_KEY: management.secret, MANAGE: management.secret, ...variables };
  const shell = spawn('bash', ['-s'], { cwd: folder, env: { PATH: process.env.PATH, ...names } });
  let [printed, complained] = ['', ''];
  shell.stdout.on('data', (text) => (printed += text));
  shell.stderr.on('data', (text) => (complained += text));
  shell.stdin.end(lines.join('\n'));
  const [code] = await once(shell, 'close');
  assert.equal(code, 0, complained + printed);
  return printed.trim().split('\n');
}

const app = (more) => management.post('/apps', { name: 'documented', grants: [{ api: orders, scopes: ['orders:read'] }], ...more });

test('a token by a signed assertion', options, async () => {
  const key = await block('oauth.md', 'for each token: an assertion');
  // the page leaves out how the id comes from the one answer into the next request
  const [made, asked] = key.split('\n# for each token: an assertion\n');
  const answered = made.replace(/\ncurl /, '\nanswer=$(curl ').trimEnd() + ')';
  const printed = await type([answered, 'CLIENT_ID=$(jq -r .client_id <<< "$answer")', asked]);
  const issued = JSON.parse(printed.at(-1));
  assert.equal((await verify(server.address, gateway, issued.access_token)).code, 'VALID');
});

test('a secret is traded for a key', options, async () => {
  const { client_id, client_secret } = await app({ auth_method: 'private_key_jwt', secret_use: 'bootstrap' });
  const [made, asked] = (await block('oauth.md', 'for each token: an assertion')).split('\n# for each token: an assertion\n');
  const key = made.slice(0, made.indexOf('\ncurl '));
  const assertion = asked.slice(0, asked.indexOf('\ncurl '));
  const printed = await type([key, assertion, await block('oauth.md', '/oauth/bootstrap')], {
    CLIENT_ID: client_id, CLIENT_SECRET: client_secret,
  });
  const client = JSON.parse(printed.at(-1));
  assert.deepEqual([client.client_id, client.jwks.keys.length], [client_id, 1]);
});

test('a token that is bound to a key', options, async () => {
  const { client_id, client_secret } = await app();
  const [base64url] = (await block('oauth.md', 'for each token: an assertion')).split('\n');
  const lines = (await block('oauth.md', 'openssl genpkey -algorithm ed25519 -out dpop.pem')).replace(/^curl .*orders\.example.*$/m, '');
  const url = `${orders}/orders`;
  const printed = await type([base64url, lines, 'echo "$token"', `proof GET ${url} '' "$token"`], {
    CLIENT_ID: client_id, CLIENT_SECRET: client_secret,
  });
  const [token, proof] = printed.slice(-2);
  const verified = await verify(server.address, gateway, token, { dpop: { proof, method: 'GET', url } });
  assert.deepEqual([verified.code, verified.cnf], ['VALID', decodeJwt(token).cnf]);
  assert.equal((await verify(server.address, gateway, token)).code, 'BAD_SIGNATURE');
});

test('a service account signs its assertion', options, async () => {
  const account = await management.post('/service-accounts', { name: 'deployer', roles: ['developer'] });
  const lines = await block('workload-identity.md', 'openssl genpkey -algorithm ed25519 -out account.pem');
  const register = `curl -s "$LATCHKEY/api/v1/orgs/demo/service-accounts/$ACCOUNT/keys" -H "Authorization: Bearer $MANAGE" \
    --json "{\\"jwk\\":{\\"kty\\":\\"OKP\\",\\"crv\\":\\"Ed25519\\",\\"kid\\":\\"laptop\\",\\"x\\":\\"$(openssl pkey -in account.pem -pubout -outform DER | tail -c 32 | b64url)\\"}}"; echo`;
  const [key, assertion] = lines.split('\nclaims=');
  const printed = await type([key, register, `claims=${assertion}`], { ACCOUNT: account.id });
  const { access_token } = JSON.parse(printed.at(-1));
  assert.deepEqual([decodeJwt(access_token).sub, decodeJwt(access_token).cred], [account.id, 'jwt_bearer']);
});

test('cart, order and payments', options, async () => {
  const page = await readFile(join(docs, 'token-exchange.md'), 'utf8');
  const example = page.slice(page.indexOf('## An example'));
  const blocks = [...example.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  const own = 'curl -sS $portal/oauth/token -u "$order" -d grant_type=client_credentials | jq -r .access_token';
  const ask = `curl -sS $portal/v1/verify -H "Authorization: Bearer $gateway" -H 'Content-Type: application/json' -d "{\\"credential\\":\\"$(${own})\\"}"`;
  const lines = blocks.map((block) => block.replaceAll('http://localhost:3000', server.url));
  const printed = await type([...lines, 'echo', ask], { manage: management.secret });
  const codes = printed.at(-2).match(/"code":"\w+"/g).concat(printed.at(-1).match(/"code":"\w+"/g));
  assert.deepEqual(codes, ['"code":"VALID"', '"code":"CHAIN_NOT_ALLOWED"']);
});
