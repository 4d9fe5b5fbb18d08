// One portal for all tests of a file.
import { after, before } from 'node:test';
import { startServer } from './server.mjs';

/** Starts a portal before the file's tests, lets `prepare` get it ready, and stops it after them. */
export function portal({ prepare, ...options } = {}) {
  const shared = {};
  before(async () => {
    shared.server = await startServer(options);
    await prepare?.(shared.server);
  });
  after(() => shared.server?.stop());
  return shared;
}
