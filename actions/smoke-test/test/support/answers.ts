import type { IncomingHttpHeaders } from 'node:http';

/** What the application is told to answer. */
export type Answer = {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string;
  /** The body where it is not UTF-8. */
  base64?: string;
  /** Of the body of a `long` answer. */
  bytes?: number;
  /**
   * `usual`: as without being told. `raw`: the body is all that goes over the connection. `endless`: a body that comes
   * byte by byte and has no end. `deep`: lists in lists. `hay`: more than a megabyte of JSON. `silent`: nothing at all.
   */
  kind?: 'whole' | 'usual' | 'raw' | 'endless' | 'deep' | 'hay' | 'long' | 'silent';
};

/** A request as the application got it. */
export type SeenRequest = {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  httpVersion: string;
};
