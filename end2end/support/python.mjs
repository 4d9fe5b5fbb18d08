// A Python with PyJWT, made once and kept beside what else is built.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, copyFile, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const source = resolve(import.meta.dirname, '../python');
const folder = resolve(import.meta.dirname, '../../target/end2end-python');
const requirements = join(source, 'requirements.txt');
const installed = join(folder, 'installed.txt');
const interpreter = join(folder, 'bin', 'python');

async function prepare() {
  const [wanted, there] = await Promise.all([readFile(requirements, 'utf8'), readFile(installed, 'utf8').catch(() => '')]);
  const works = await access(interpreter).then(() => true, () => false);
  if (works && wanted === there) return;
  await rm(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]).catch((error) => {
    throw new Error(`python3 with its venv module is needed here (Debian: python3-venv): ${error.message}`);
  });
  await run(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]);
  await copyFile(requirements, installed);
}

/** What PyJWT says of a token: `{ claims }` or `{ error }`, the name of the exception. */
export async function pyjwt({ token, jwks, audience, issuer }) {
  await prepare();
  const { stdout } = await run(interpreter, [join(source, 'verify_jwt.py'), jwks, audience, issuer, token]);
  const answer = JSON.parse(stdout);
  assert.ok(answer.claims || answer.error, stdout);
  return answer;
}
