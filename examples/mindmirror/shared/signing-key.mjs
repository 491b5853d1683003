// Tokens that any instance of any revision can check, since all have the same key: a file of a secret volume.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { SIGNING_KEY_FILE } = process.env;

function readKey() {
  try {
    if (SIGNING_KEY_FILE) return readFileSync(SIGNING_KEY_FILE);
  } catch (error) {
    // On Cloud Run a revision does not start without its secret; in the emulator there are no volumes.
    console.error(`Tokens are good in this process only: ${error.message}`);
  }
  return randomBytes(32);
}

const key = readKey();

function signature(subject) {
  return createHmac('sha256', key).update(subject).digest();
}

export function tokenFor(subject) {
  return `${Buffer.from(subject).toString('base64url')}.${signature(subject).toString('base64url')}`;
}

/** Whom the `authorization` header is of; nobody when it is missing or not ours. */
export function subjectOf({ authorization = '' }) {
  const [, encoded, signed] = /^Bearer ([\w-]+)\.([\w-]{43})$/.exec(authorization) ?? [];
  if (!signed) return undefined;
  const subject = Buffer.from(encoded, 'base64url').toString();
  return timingSafeEqual(Buffer.from(signed, 'base64url'), signature(subject)) ? subject : undefined;
}
