// Certificates by OpenSSL: authorities, and what they or their holders sign.
import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];

/** A folder of certificates; each has a `name.pem` and a `name.key`, which its owner alone may read. */
export class Certificates {
  constructor(folder) {
    this.folder = folder;
  }

  file = (name) => join(this.folder, name);

  /** One that signs itself: an authority, or a client that needs none. */
  async selfSigned(name, subject, { authority = false } = {}) {
    const extension = `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}`;
    await run('openssl', ['req', '-x509', ...curve, '-subj', subject, '-days', '2', '-addext', extension,
      '-keyout', this.file(`${name}.key`), '-out', this.file(`${name}.pem`)]);
    return this.read(name);
  }

  /** One that an authority of this folder signs, with these extensions. */
  async signed(name, subject, by, extensions) {
    const [request, extras] = [this.file(`${name}.csr`), this.file(`${name}.ext`)];
    await writeFile(extras, extensions.join('\n'));
    await run('openssl', ['req', '-new', ...curve, '-subj', subject, '-keyout', this.file(`${name}.key`), '-out', request]);
    await run('openssl', ['x509', '-req', '-in', request, '-CA', this.file(`${by}.pem`), '-CAkey', this.file(`${by}.key`),
      '-CAcreateserial', '-days', '2', '-extfile', extras, '-out', this.file(`${name}.pem`)]);
    return this.read(name);
  }

  async read(name) {
    const pem = await readFile(this.file(`${name}.pem`), 'utf8');
    const thumbprint = createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
    return { name, pem, thumbprint };
  }
}

/** Calls by curl. `as`: the name of the certificate to show. Answers the status, and the body parsed. */
export async function curl(certificates, url, { as, form, headers = {}, more = [] } = {}) {
  const words = ['--silent', '--show-error', '--max-time', '20', '--cacert', certificates.file('servers.pem'),
    '--write-out', '\n%{http_code}', ...more];
  if (as) words.push('--cert', certificates.file(`${as}.pem`), '--key', certificates.file(`${as}.key`));
  for (const [name, value] of Object.entries(headers)) words.push('--header', `${name}: ${value}`);
  for (const [name, value] of Object.entries(form ?? {})) words.push('--data-urlencode', `${name}=${value}`);
  const { stdout } = await run('curl', [...words, url]);
  const end = stdout.lastIndexOf('\n');
  const text = stdout.slice(0, end);
  return { status: Number(stdout.slice(end + 1)), body: text.startsWith('{') ? JSON.parse(text) : text };
}
