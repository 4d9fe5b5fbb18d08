// F-04: SIGTERM under load. Who got through to the server is answered whole, and the process is gone in time.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';

/** One request on a connection of its own: the whole answer, or the error that there was instead. */
function ask(port) {
  return new Promise((resolve) => {
    let [answer, connected] = ['', false];
    const socket = connect(port, '127.0.0.1', () => {
      connected = true;
      socket.write(`GET /sign-in HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (text) => (answer += text));
    socket.on('error', (error) => resolve({ connected, answer, error: error.code }));
    socket.on('end', () => resolve({ connected, answer }));
  });
}

test('SIGTERM under load', async () => {
  const server = await startServer();
  const port = Number(new URL(server.address).port);
  const outcomes = [];
  let stopped = false;
  const caller = async () => {
    while (!stopped) {
      const outcome = await ask(port);
      outcomes.push(outcome);
      if (!outcome.connected) return; // nobody listens any more
    }
  };
  const callers = Array.from({ length: 32 }, caller);
  await until('load', () => outcomes.length > 200);
  const from = Date.now();
  await server.stop(); // ends with 0
  assert.ok(Date.now() - from < 15_000);
  stopped = true;
  await Promise.all(callers);

  const cut = outcomes.filter(({ connected, answer }) => connected && !(answer.startsWith('HTTP/1.1 200') && answer.endsWith('</html>')));
  assert.deepEqual(cut, [], `${cut.length} of ${outcomes.length} were cut off`);
  assert.ok(outcomes.filter(({ connected }) => !connected).every(({ error }) => error === 'ECONNREFUSED'));
});
