// A JWT key: other people's libraries accept it offline, and Latchkey refuses it once it is revoked.
import assert from 'node:assert/strict';
import * as jose from 'jose';
import { manage, verify } from '../support/http.mjs';
import { pyjwt } from '../support/python.mjs';
import { confirm, createApi, createKey, createOrg, createVerificationKey, signIn } from '../support/steps.mjs';
import { walks } from '../support/walk.mjs';

const walk = walks();

walk('mint a JWT key, check it with jose and PyJWT, revoke it', async ({ visitor, page, server, unique }) => {
  await signIn(visitor, 'Ada');
  const slug = await createOrg(visitor, 'Tokens', `tokens-${unique}`);
  const audience = `https://reports-${unique}.example`;
  await createApi(visitor, slug, { name: 'Reports', audience, scopes: { 'reports:read': 'See reports' } });
  const verificationKey = await createVerificationKey(visitor, 'Reports service');
  const { id, secret: jwt } = await createKey(visitor, slug, { audience, name: 'Exporter', kind: 'JWT key', scopes: ['reports:read'] });

  await acceptedByJose(server, { jwt, audience, id });
  await acceptedByPyJwt(server, { jwt, audience, id });
  const live = await verify(server.url, verificationKey, jwt, { scopes: ['reports:read'] });
  assert.equal(live.code, 'VALID');
  assert.equal(live.credential.kind, 'jwt_key');

  await acceptedInEveryAlgorithm(server, slug, audience, verificationKey);

  await page.goto(`/orgs/${slug}/keys/${id}`);
  await confirm(page, 'Revoke…', 'Revoke key');
  await page.getByText('Key revoked.').waitFor();
  assert.equal((await verify(server.url, verificationKey, jwt)).code, 'REVOKED');
});

// For verifiers that know no EdDSA, an API chooses another algorithm.
async function acceptedInEveryAlgorithm(server, slug, audience, verificationKey) {
  const management = await manage(server, slug);
  const [{ id: api }] = await management.all('/apis');
  for (const algorithm of ['ES256', 'RS256']) {
    const changed = await management.call('PATCH', `/apis/${api}`, { signing_alg: algorithm });
    assert.equal(changed.signing_alg, algorithm);
    const { id, jwt } = await management.post('/keys', { kind: 'jwt_key', name: algorithm, api, scopes: ['reports:read'] });
    await acceptedByJose(server, { jwt, audience, id, algorithm });
    await acceptedByPyJwt(server, { jwt, audience, id });
    assert.equal((await verify(server.url, verificationKey, jwt)).code, 'VALID');
  }
}

async function acceptedByJose(server, { jwt, audience, id, algorithm = 'EdDSA' }) {
  const keys = jose.createRemoteJWKSet(new URL('/.well-known/jwks.json', server.url));
  const wishes = { issuer: server.url, audience, typ: 'at+jwt', algorithms: [algorithm] };
  const { payload } = await jose.jwtVerify(jwt, keys, wishes);
  assert.equal(payload.sub, id);
  assert.equal(payload.client_id, id);
  assert.equal(payload.scope, 'reports:read');
  assert.equal(payload.cred, 'jwt_key');
  const refused = (change, code) => assert.rejects(jose.jwtVerify(jwt, keys, { ...wishes, ...change }), { code });
  await refused({ audience: 'https://elsewhere.example' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED');
  await refused({ issuer: 'https://elsewhere.example' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED');
}

async function acceptedByPyJwt(server, { jwt, audience, id }) {
  const wishes = { token: jwt, jwks: `${server.url}/.well-known/jwks.json`, audience, issuer: server.url };
  const { claims } = await pyjwt(wishes);
  assert.equal(claims?.sub, id);
  assert.equal(claims.aud, audience);
  assert.deepEqual(await pyjwt({ ...wishes, audience: 'https://elsewhere.example' }), { error: 'InvalidAudienceError' });
  assert.deepEqual(await pyjwt({ ...wishes, issuer: 'https://elsewhere.example' }), { error: 'InvalidIssuerError' });
}
