// A caller that may say anything: paths and headers go out as they are given.
import { request } from 'node:http';

/**
 * One call from an address of its own, 127.0.0.2. `headers` are pairs, sent in this order and as often as they are there.
 * Answers `{ status, headers, body }`.
 */
export function ask(port, path, { method = 'GET', headers = [], body, from = '127.0.0.2' } = {}) {
  const list = [['Host', `127.0.0.1:${port}`], ...headers];
  if (body !== undefined && !headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))) {
    list.push(['Content-Length', String(Buffer.byteLength(body))]);
  }
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, headers: list.flat(), localAddress: from, agent: false });
    call.setTimeout(40_000, () => call.destroy(new Error(`${method} ${path}: no answer`)));
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    call.end(body);
  });
}

/** The header that shows a credential. */
export const bearer = (credential) => ['Authorization', `Bearer ${credential}`];
