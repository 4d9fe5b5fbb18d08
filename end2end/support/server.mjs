// Starts the program under test in a folder of its own, and stops it again.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './ports.mjs';
import { until } from './wait.mjs';

const root = resolve(import.meta.dirname, '../..');
const program = process.env.LATCHKEY_BIN ?? join(root, 'target/debug/latchkey');

// Whatever happens to this process, nothing of it stays behind.
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/**
 * Starts `latchkey serve` on a free port and waits until it is ready.
 * `dev`: with the built-in identity provider. `toml`: the text of latchkey.toml. `environment`: further settings.
 * `publicUrl`: for a replica, the URL that another one has too.
 */
export async function startServer({ dev = true, toml, environment = {}, publicUrl } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
  const port = await freePort();
  const server = new Server({ dev, folder, port, publicUrl, environment });
  if (toml) await writeFile(join(folder, 'latchkey.toml'), typeof toml === 'function' ? toml(server) : toml);
  await server.start();
  return server;
}

class Server {
  #child;
  #output = '';

  constructor({ dev, folder, port, publicUrl, environment }) {
    this.dev = dev;
    this.folder = folder;
    /** Where this process listens. */
    this.address = `http://localhost:${port}`;
    /** What people and tokens call the installation. */
    this.url = publicUrl ?? this.address;
    this.environment = {
      PATH: process.env.PATH,
      LATCHKEY_DATABASE_URL: `sqlite://${join(folder, 'data', 'latchkey.db')}`,
      LATCHKEY_LISTEN: `127.0.0.1:${port}`,
      LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64'),
      LATCHKEY_PUBLIC_URL: this.url,
      LATCHKEY_SITE_ROOT: join(root, 'target/site'),
      ...environment,
    };
  }

  /** All that the program said so far. */
  get output() {
    return this.#output;
  }

  /** Starts it, or starts it again on the same data. */
  async start() {
    const child = spawn(program, ['serve', ...(this.dev ? ['--dev'] : [])], {
      cwd: this.folder,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    running.add(child);
    child.on('exit', () => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.#output += text));
    const failed = new Promise((_, reject) => {
      child.on('error', (error) => reject(new Error(`${program}: ${error.message}`)));
      child.on('exit', (code) => reject(new Error(`latchkey ended with ${code}:\n${this.#output}`)));
    });
    failed.catch(() => {});
    const ready = until('the server is ready', () => this.#isReady(), { within: 30_000 });
    await Promise.race([ready, failed]);
  }

  async #isReady() {
    const answer = await fetch(`${this.address}/health/ready`).catch(() => undefined);
    return answer?.ok;
  }

  /** SIGTERM: it finishes what it does and ends with 0 (F-04). Then its folder goes. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const [code, signal] = await ended;
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, this.#output);
    }
    await rm(this.folder, { recursive: true });
  }

  /** SIGKILL: it has no time for anything. */
  async kill() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Runs another command of the program on the same data and answers its JSON. */
  async command(...words) {
    const child = spawn(program, [...words, '--json'], { cwd: this.folder, env: this.environment });
    let [answer, complaint] = ['', ''];
    child.stdout.on('data', (text) => (answer += text));
    child.stderr.on('data', (text) => (complaint += text));
    const [code] = await once(child, 'close');
    assert.equal(code, 0, `latchkey ${words.join(' ')}: ${complaint}${answer}`);
    return JSON.parse(answer);
  }
}
