import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The metadata server of a machine of Google's: what gives its programs ID tokens. */
export type Metadata = { host: string; stop(): Promise<void> };

export async function startMetadata(): Promise<Metadata> {
  const server = createServer((request, response) => {
    const audience = new URL(request.url ?? '', 'http://metadata').searchParams.get('audience');
    response.setHeader('metadata-flavor', 'Google').end(audience === null ? 'default' : idToken(audience));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Valid for an hour; nobody checks the signature. */
function idToken(audience: string): string {
  const parts = [{ alg: 'RS256' }, { aud: audience, exp: Math.floor(Date.now() / 1000) + 3600 }];
  return [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), 'c2ln'].join('.');
}
