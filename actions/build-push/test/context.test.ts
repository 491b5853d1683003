import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inspectContext } from '../src/context.ts';
import { folder } from './support/kit.ts';

const KEY = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n';
const ACCOUNT = JSON.stringify({ type: 'service_account', private_key: KEY });
const inspect = (files: Record<string, string>, dockerfile = 'Dockerfile') => {
  const context = folder(files);
  return inspectContext(context, join(context, dockerfile));
};

it('finds keys by what is in them', () => {
  const found = inspect({
    '.dockerignore': '',
    'deploy/account.json': ACCOUNT,
    'tls.pem': KEY,
    'ca.pem': '-----BEGIN CERTIFICATE-----\n',
    id_ed25519: '-----BEGIN OPENSSH PRIVATE KEY-----\n',
    'package.json': '{"type":"module"}',
    'broken.json': '{',
    'node_modules/tls/test/key.pem': KEY,
  });
  expect(found.credentials.sort()).toEqual(['deploy/account.json', 'id_ed25519', 'tls.pem']);
});

it('leaves out what docker leaves out, and keeps what is excepted from that', () => {
  const files = { 'secrets/a.json': ACCOUNT, 'secrets/b.json': ACCOUNT, 'c.pem': KEY };
  expect(inspect({ ...files, '.dockerignore': 'secrets\n*.pem\n' }).credentials).toEqual([]);
  expect(inspect({ ...files, '.dockerignore': 'secrets\n!secrets/b.json\n**/*.pem\n' }).credentials).toEqual([
    'secrets/b.json',
  ]);
  expect(inspect({ ...files, 'api.Dockerfile.dockerignore': '*' }, 'api.Dockerfile').credentials).toEqual([]);
});

it("tells this job's credentials from lasting ones", () => {
  const found = inspect({ 'gha-creds-1a2b.json': '{"type":"external_account"}' });
  expect(found).toMatchObject({ credentials: [], passing: ['gha-creds-1a2b.json'] });
});

it('names what nobody wants to send where there is no .dockerignore', () => {
  const files = {
    '.git/config': '',
    '.env': '',
    '.env.local': '',
    '.env.example': '',
    'venv/pyvenv.cfg': '',
    'node_modules/a/i.js': '',
    'a.py': '',
  };
  expect(inspect(files).unignored.sort()).toEqual(['.env', '.env.local', '.git', 'node_modules', 'venv']);
  expect(inspect({ ...files, '.dockerignore': '' }).unignored).toEqual([]);
});

it('follows no links', () => {
  const outside = folder({ 'key.pem': KEY });
  const context = folder({ a: '' });
  symlinkSync(outside, join(context, 'linked'));
  symlinkSync(join(outside, 'key.pem'), join(context, 'key.pem'));
  expect(inspectContext(context, join(context, 'Dockerfile')).credentials).toEqual([]);
});
