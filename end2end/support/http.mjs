// What programs do, by HTTP.
import assert from 'node:assert/strict';

/** POST of JSON. Answers the status, the headers and the parsed body. */
export async function postJson(url, bearer, body) {
  return send(url, { method: 'POST', bearer, body });
}

/** A call with a Bearer credential. */
export async function send(url, { method = 'GET', bearer, body } = {}) {
  const headers = { Authorization: `Bearer ${bearer}` };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined };
}

/** `POST /v1/verify`; the call itself must succeed. */
export async function verify(base, verificationKey, credential, wishes = {}) {
  const answer = await postJson(`${base}/v1/verify`, verificationKey, { credential, ...wishes });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

/** `POST /oauth/token`. `client` is `{ id, secret, by }`, `by` being `basic` or `post` (RFC 6749 section 2.3.1). */
export async function token(base, client, parameters) {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...parameters });
  const headers = {};
  if (client.by === 'basic') {
    const pair = [client.id, client.secret].map(encodeURIComponent).join(':');
    headers.Authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  } else {
    form.set('client_id', client.id);
    form.set('client_secret', client.secret);
  }
  const answer = await fetch(`${base}/oauth/token`, { method: 'POST', headers, body: form });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** The management API of one organisation. Every call must answer 2xx. */
export class Management {
  constructor(base, slug, secret) {
    this.base = `${base}/api/v1/orgs/${slug}`;
    this.secret = secret;
  }

  async call(method, path, body) {
    const answer = await send(`${this.base}${path}`, { method, bearer: this.secret, body });
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get = (path) => this.call('GET', path);
  post = (path, body = {}) => this.call('POST', path, body);

  /** Every item of a list, page by page. */
  async all(path) {
    const items = [];
    for (let cursor = ''; cursor !== null; ) {
      const page = await this.get(`${path}?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      items.push(...page.items);
      cursor = page.next_cursor;
    }
    return items;
  }
}

/** A management key for an organisation, made at the command line beside the running server. */
export async function manage(server, slug, role = 'owner') {
  const key = await server.command('management-key', 'create', '--org', slug, '--role', role);
  return new Management(server.address, slug, key.secret);
}
