// npm oidc-provider as the issuer of users' tokens, without its sign-in pages: what it makes is asked for directly.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { freePort } from './ports.mjs';

/** Starts one that signs with `alg`, for the client of this id and one called `other`. */
export async function startTokenProvider({ alg, client }) {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const registered = (id) => ({
    client_id: id,
    client_secret: `the secret of ${id}`,
    id_token_signed_response_alg: alg,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  });
  const provider = new Provider(issuer, {
    clients: [registered(client), registered('other')],
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-1` }] },
    claims: { openid: ['sub'], email: ['email'] },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'openid', audience: client, accessTokenFormat: 'jwt', jwt: { sign: { alg } } }),
      },
    },
    cookies: { keys: ['only for this test'] },
    ttl: { ClientCredentials: 600, IdToken: 600 },
  });
  const server = createServer(provider.callback()).listen(port, '127.0.0.1');
  await once(server, 'listening');

  const made = async (sub, use, of = client) => {
    const token = new provider.IdToken({ sub, email: `${sub}@example.com` }, { client: await provider.Client.find(of) });
    token.scope = 'openid email';
    if (use === 'logout') {
      token.mask = { sub: null };
      token.set('events', { 'http://schemas.openid.net/event/backchannel-logout': {} });
    }
    return token.issue({ use });
  };
  return {
    issuer,
    idToken: (sub, of) => made(sub, 'idtoken', of),
    logoutToken: (sub) => made(sub, 'logout'),
    /** By the client credentials grant: its `sub` is the client. */
    accessToken: async () => {
      const basic = Buffer.from(`${client}:${encodeURIComponent(`the secret of ${client}`)}`).toString('base64');
      const body = new URLSearchParams({ grant_type: 'client_credentials', resource: 'https://latchkey.example' });
      const headers = { Authorization: `Basic ${basic}` };
      const answer = await fetch(`${issuer}/token`, { method: 'POST', headers, body });
      return (await answer.json()).access_token;
    },
    stop: () => (server.close(), server.closeAllConnections()),
  };
}
