import type { Response } from '@apex-actions/shared/smoke/response';

/** An answer as the sender gives it; anything but bytes and texts is written as JSON. */
export function responseOf(body: unknown, more: Partial<Omit<Response, 'body'>> = {}): Response {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { status: 200, headers: {}, durationMs: 10, ...more, body: bytes };
}
