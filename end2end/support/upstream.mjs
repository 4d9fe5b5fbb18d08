// An API behind a gateway: it answers what it was asked, and remembers it.
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Starts one. `seen` are the requests since the last `forget`: `{ method, url, headers, body }`, the headers as `[name, value]`. */
export async function startUpstream() {
  const upstream = { seen: [], forget: () => (upstream.seen = []) };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, rawHeaders } = request;
    const headers = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [[name.toLowerCase(), rawHeaders[at + 1]]]));
    const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
    upstream.seen.push(seen);
    // a refusal of its own, which is none of the gateway's
    const own = new URL(url, 'http://upstream').searchParams.get('answer');
    response.writeHead(own ? Number(own) : 200, { 'Content-Type': 'application/json', 'X-Upstream': method });
    response.end(JSON.stringify(seen));
  });
  server.on('clientError', (_, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  upstream.port = server.address().port;
  upstream.stop = () => (server.close(), server.closeAllConnections());
  return upstream;
}
