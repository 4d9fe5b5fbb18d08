// One portal for all tests of a file.
import { after, before } from 'node:test';
import { startServer } from './server.mjs';

/** Starts a portal before the file's tests and stops it after them. */
export function portal(options) {
  const shared = {};
  before(async () => (shared.server = await startServer(options)));
  after(() => shared.server?.stop());
  return shared;
}
