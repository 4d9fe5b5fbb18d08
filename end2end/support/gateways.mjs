// Real gateways, run by the very files of deploy/gateways: only addresses and places of files are put in.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './ports.mjs';
import { gatewayPrograms } from './python.mjs';
import { ask } from './raw.mjs';
import { until } from './wait.mjs';

const deployed = resolve(import.meta.dirname, '../../deploy/gateways');

/** Each one's files, where it expects others of them, what is put before them, and how it is started. */
const gateways = {
  nginx: {
    files: { 'latchkey.conf': ['/etc/nginx/latchkey_verification_key'] },
    more: ({ folder, key }) => ({
      latchkey_verification_key: `proxy_set_header X-Latchkey-Verification-Key "${key}";\n`,
      'nginx.conf': nginxAround(folder),
    }),
    command: (folder) => [process.env.NGINX_PATH ?? '/usr/sbin/nginx', '-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')],
  },
  caddy: {
    files: { Caddyfile: [] },
    before: '{\n\tadmin off\n}\n',
    command: (folder) => [process.env.CADDY_PATH ?? '/usr/bin/caddy', 'run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
  },
  haproxy: {
    files: { 'haproxy.cfg': ['/etc/haproxy/latchkey.lua', '/etc/haproxy/latchkey_verification_key'], 'latchkey.lua': [] },
    more: ({ key }) => ({ latchkey_verification_key: `${key}\n` }),
    command: (folder) => [process.env.HAPROXY_PATH ?? '/usr/sbin/haproxy', '-db', '-f', join(folder, 'haproxy.cfg')],
  },
  traefik: {
    files: { 'traefik.yml': ['/etc/traefik/latchkey.yml'], 'latchkey.yml': [] },
    // it listens before it knows where to
    ready: async (port) => (await ask(port, '/')).status !== 404,
    command: async (folder) => [(await gatewayPrograms()).traefik, `--configFile=${join(folder, 'traefik.yml')}`],
  },
  envoy: {
    files: { 'envoy.yaml': [] },
    command: async (folder) => [(await gatewayPrograms()).envoy, '--disable-hot-restart', '--log-level', 'warning', '--concurrency', '1',
      '--config-path', join(folder, 'envoy.yaml')],
  },
};

export const gatewayNames = Object.keys(gateways);

// Whatever happens to this process, nothing of it stays behind.
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/**
 * Starts a gateway in front of the API at `upstream` (a port), which asks the Latchkey at `latchkey` (a port) with this
 * verification key. `change` may change a file's text, to break it.
 */
export async function startGateway(name, { latchkey, upstream, key, change = (_, text) => text }) {
  const gateway = gateways[name];
  const folder = await mkdtemp(join(tmpdir(), `gateway-${name}-`));
  const port = await freePort();
  const ports = { 3000: latchkey, 8080: upstream, 8000: port };
  const found = new Set();
  for (const [file, places] of Object.entries(gateway.files)) {
    let text = await readFile(join(deployed, name, file), 'utf8');
    for (const place of places) {
      assert.ok(text.includes(place), `${name}/${file} doesn't speak of ${place}`);
      text = text.replaceAll(place, join(folder, place.split('/').at(-1)));
    }
    text = text.replace(/(127\.0\.0\.1:|port_value: |http:\/\/:)(3000|8080|8000)\b/g, (_, before, number) => {
      found.add(number);
      return before + ports[number];
    });
    await writeFile(join(folder, file), (gateway.before ?? '') + change(file, text));
  }
  assert.deepEqual([...found].sort(), ['3000', '8000', '8080'], `an address is not in the files of ${name}`);
  for (const [file, text] of Object.entries(gateway.more?.({ folder, key }) ?? {})) {
    await writeFile(join(folder, file), text, { mode: 0o600 });
  }
  const [program, ...words] = await gateway.command(folder);
  return run({ name, program, words, folder, port, key, ready: gateway.ready ?? (() => true) });
}

async function run({ name, program, words, folder, port, key, ready }) {
  const env = { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, LATCHKEY_VERIFICATION_KEY: key };
  const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  let ended = false;
  child.on('error', (error) => ((ended = true), (output += error)));
  child.on('exit', () => ((ended = true), running.delete(child)));
  await until(`${name} answers`, async () => {
    assert.ok(!ended, `${name} ended:\n${output}`);
    return (await isOpen(port)) && ready(port);
  }, { within: 20_000 });
  return {
    name,
    port,
    output: () => output,
    async stop() {
      if (!ended) {
        const exit = once(child, 'exit');
        child.kill('SIGTERM');
        // some wait for connections that are kept alive
        const timer = setTimeout(() => child.kill('SIGKILL'), 2_000);
        await exit;
        clearTimeout(timer);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port) {
  return new Promise((answer) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => (socket.destroy(), answer(true)));
    socket.on('error', () => answer(false));
  });
}

function nginxAround(folder) {
  const file = (name) => join(folder, name);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${file(kind)};`);
  // as root it would give its worker away to nobody, who may not write here
  return `${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
pid ${file('nginx.pid')};
error_log stderr;
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  include ${file('latchkey.conf')};
}
`;
}
