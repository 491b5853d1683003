import { createHash } from 'node:crypto';
import { aborted, invalidArgument, unimplemented } from '../grpc/status.ts';
import type { Policy } from './types.ts';

/** What a service answers that nobody gave a policy. */
export const EMPTY_POLICY: Policy = { version: 1, etag: Buffer.from('ACAB', 'base64') };

const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(deleted:)?(user|serviceAccount|group|domain|projectOwner|projectEditor|projectViewer):.+|principal(Set)?:\/\/.+)$/;

/** The policy after a write; `etag` makes the write conditional. */
export function replacePolicy(current: Policy, next: Policy, maskPaths: string[]): Policy {
  if (maskPaths.some((path) => path !== 'bindings' && path !== 'etag' && path !== 'version')) {
    throw unimplemented('The emulator implements the update masks "bindings", "etag" and "version" only.');
  }
  if ((next.auditConfigs ?? []).length > 0) {
    throw unimplemented('The emulator does not implement audit_configs.');
  }
  const given = bytes(next.etag);
  if (given.length > 0 && !given.equals(bytes(current.etag))) {
    throw aborted(
      'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
    );
  }
  const bindings = (next.bindings ?? []).filter(({ members }) => (members ?? []).length > 0);
  for (const { role, members } of bindings) {
    if (!/^((projects|organizations)\/[^/]+\/)?roles\/[\w.]+$/.test(role ?? '')) {
      throw invalidArgument(`Role ${role ?? ''} is not supported for this resource.`);
    }
    const invalid = (members ?? []).find((member) => !MEMBER.test(member));
    if (invalid !== undefined) {
      throw invalidArgument(`Invalid member "${invalid}": not of a known member type.`);
    }
  }
  const etag = createHash('sha256')
    .update(bytes(current.etag))
    .update(JSON.stringify(bindings))
    .digest()
    .subarray(0, 8);
  return { version: 1, bindings, etag };
}

function bytes(etag: Policy['etag']): Buffer {
  return typeof etag === 'string' ? Buffer.from(etag, 'base64') : Buffer.from(etag ?? []);
}

export function grantedPermissions(requested: string[], isDenied: (permission: string) => boolean): string[] {
  const wildcard = requested.find((permission) => permission.includes('*'));
  if (wildcard !== undefined) {
    throw invalidArgument(`Permission ${wildcard} is not valid: wildcards are not allowed.`);
  }
  return requested.filter((permission) => !isDenied(permission));
}
