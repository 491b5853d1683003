import type { Repository } from './state.ts';

/** A request that was understood: its route's parameters, query and body. */
export interface Request {
  readonly repository: Repository;
  /** `http://127.0.0.1:1234`, or `http://api.github.localhost` for who came through us as a proxy. */
  readonly origin: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Counts up over everything that has an id. */
  nextId(): number;
}

export interface Answer {
  readonly status: number;
  /** JSON, or bytes as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Access = 'read' | 'write';

/** One operation of the API, under the name that GitHub's OpenAPI description has for it: `GET /repos/{owner}/{repo}`. */
export interface Route {
  readonly operation: string;
  /** Any one of these permissions of the token is enough: `{'deployments': 'write'}`. */
  readonly needs: Readonly<Record<string, Access>>;
  answer(request: Request): Answer;
}

const DOCUMENTATION = 'https://docs.github.com/rest';

/** An error as GitHub words it: a sentence, where to read on, the status once more as text. */
export function refused(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: { message, documentation_url: DOCUMENTATION, status: String(status) }, headers };
}

/** 422, as for a body that breaks a rule. */
export function invalid(resource: string, field: string, message: string): Answer {
  return {
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [{ resource, field, code: 'custom', message }],
      documentation_url: DOCUMENTATION,
    },
  };
}

export const notFound = (): Answer => refused(404, 'Not Found');

const PER_PAGE = 30;
const MOST_PER_PAGE = 100;

/** One page of a list, with the `Link` header that leads to the next. */
export function paged(
  request: Request,
  path: string,
  items: readonly unknown[],
  wrap: (page: readonly unknown[]) => unknown = (page) => page,
): Answer {
  const { query, origin } = request;
  const size = Math.min(Number(query.get('per_page') ?? PER_PAGE) || PER_PAGE, MOST_PER_PAGE);
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
  const body = wrap(items.slice((page - 1) * size, page * size));
  if (page * size >= items.length) return { status: 200, body };
  const next = new URLSearchParams(query);
  next.set('page', String(page + 1));
  return { status: 200, body, headers: { link: `<${origin}${path}?${next}>; rel="next"` } };
}

export function textOf(value: unknown, otherwise = ''): string {
  return typeof value === 'string' ? value : otherwise;
}
