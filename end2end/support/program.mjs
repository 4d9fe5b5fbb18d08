// A program with a key of its own, that gets tokens as the pages tell it to.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A key pair in a folder of its own: `key.pem` as the copied calls want it, `jwk` the public part. */
export class Program {
  static async create(kind = 'ed25519', options = {}) {
    const { publicKey, privateKey } = generateKeyPairSync(kind, options);
    const program = new Program();
    program.folder = await mkdtemp(join(tmpdir(), 'program-'));
    program.jwk = publicKey.export({ format: 'jwk' });
    program.privateKey = privateKey;
    await writeFile(join(program.folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    return program;
  }

  /** Runs a call to the token endpoint as it stands on a page, and answers its JSON. */
  async runs(call, environment = {}) {
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', call.replace('curl ', 'curl -sS ')], {
      cwd: this.folder, env: { PATH: process.env.PATH, ...environment }, timeout: 20_000,
    });
    return JSON.parse(stdout);
  }

  /** The same, for a call that must bring a token. */
  async gets(call, environment) {
    const answer = await this.runs(call, environment);
    assert.equal(answer.token_type, 'Bearer', JSON.stringify(answer));
    return answer.access_token;
  }

  end() {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** The call of this title on the page. */
export async function copiedCall(page, title) {
  const call = page.locator('details.language', { has: page.locator('summary', { hasText: title }) });
  if (!(await call.getAttribute('open') !== null)) await call.locator('summary').click();
  return call.locator('pre').innerText();
}
