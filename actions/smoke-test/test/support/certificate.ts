import { join } from 'node:path';
import { generate } from 'selfsigned';
import { folder } from './kit.ts';

/** A certificate for 127.0.0.1 that nobody else knows, as files. */
export async function certificate(): Promise<{ CERTIFICATE: string; KEY: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const root = folder({ 'certificate.pem': cert, 'key.pem': key });
  return { CERTIFICATE: join(root, 'certificate.pem'), KEY: join(root, 'key.pem') };
}
