import { createHash } from 'node:crypto';
import { invalidArgument } from './rpc-error.ts';

/** Where a page begins. Every page of a query sees the data that the first one saw. */
export type Page = { offset: number; asOfMs: number };

/** Names a query, so that a token of one cannot be used for another. */
export function fingerprint(query: unknown): string {
  return createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 16);
}

export function encodeToken(page: Page, queryFingerprint: string): string {
  return Buffer.from(JSON.stringify([queryFingerprint, page.offset, page.asOfMs])).toString('base64url');
}

/** Throws INVALID_ARGUMENT for a token that is not this query's. */
export function decodeToken(token: string, queryFingerprint: string): Page {
  const fields = /^\["([\w-]+)",(\d+),(\d+(?:\.\d+)?)\]$/.exec(Buffer.from(token, 'base64url').toString());
  if (fields?.[1] !== queryFingerprint) {
    throw invalidArgument('The page token does not belong to this request.');
  }
  return { offset: Number(fields[2]), asOfMs: Number(fields[3]) };
}

/** One page of items that weigh something, and where the next one starts. */
export function pageOf<T>(
  items: readonly T[],
  offset: number,
  size: number,
): { items: T[]; next: number | undefined } {
  const end = offset + size;
  return { items: items.slice(offset, end), next: end < items.length ? end : undefined };
}
