// A foreign OpenID provider: npm oidc-provider, with its own sign-in pages.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const client = { id: 'latchkey', secret: 'a secret that only this test knows' };
const people = {
  carol: { name: 'Carol', email: 'carol@example.com', email_verified: true },
  dora: { name: 'Dora', email: 'dora@example.com', email_verified: false },
};

/** Starts one on this port, for the installation at `portal`, under the id `id`. */
export async function startForeignProvider({ id, port, portal, alg = 'RS256' }) {
  const issuer = `http://localhost:${port}`;
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const provider = new Provider(issuer, {
    clients: [{
      client_id: client.id,
      client_secret: client.secret,
      id_token_signed_response_alg: alg,
      redirect_uris: [`${portal}/sign-in/${id}/callback`],
      post_logout_redirect_uris: [`${portal}/signed-out`],
    }],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${id}-1` }] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) },
    cookies: { keys: ['only for this test'], names: { session: `${id}_session`, interaction: `${id}_interaction`, resume: `${id}_resume` } },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  });
  const server = createServer(provider.callback()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { issuer, stop: () => (server.close(), server.closeAllConnections()) };
}

/** Its entry in latchkey.toml. */
export function providerToml({ id, name, port, trustEmail }) {
  return `[[oidc]]
id = "${id}"
name = "${name}"
issuer = "http://localhost:${port}"
client_id = "${client.id}"
client_secret = "${client.secret}"
trust_email = ${trustEmail}
`;
}

/** Signs in by its pages, which ask for a login and for consent. */
export async function signInAbroad(visitor, name, login, to) {
  const { page, server } = visitor;
  await (await askConsent(visitor, name, login, to)).click();
  await page.waitForURL((url) => url.href.startsWith(server.url));
}

/** The same, but answers where the provider sends the browser instead of going there. */
export async function answerAbroad(visitor, name, login) {
  const { page, server } = visitor;
  const consent = await askConsent(visitor, name, login, '/');
  let next = await consent.evaluate((button) => button.form.action);
  for (let form = { prompt: 'consent' }; !next.startsWith(server.url); form = undefined) {
    const answer = await page.request.fetch(next, { method: form ? 'POST' : 'GET', form, maxRedirects: 0 });
    next = new URL(answer.headers().location, next).href;
  }
  return new URL(next);
}

async function askConsent({ page }, name, login, to) {
  await page.goto(`/sign-in?to=${encodeURIComponent(to)}`);
  await page.getByRole('link', { name: `Continue with ${name}` }).click();
  const field = page.getByPlaceholder('Enter any login');
  const consent = page.getByRole('button', { name: 'Continue' });
  await field.or(consent).waitFor();
  if (await field.count()) {
    await field.fill(login);
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
  }
  await consent.waitFor();
  return consent;
}
