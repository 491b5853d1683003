import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Call, GitHub, GitHubOptions, PullOptions } from '../github.ts';
import { type Access, type Answer, notFound, type Route, refused, textOf } from './answer.ts';
import { BLOBS, findArtifact, keepArtifact } from './artifacts.ts';
import { Contract } from './contract.ts';
import { type Fault, Faults } from './faults.ts';
import { answerQuery } from './graphql.ts';
import { routeOf } from './router.ts';
import { emptyRepository, type Issue, type Repository } from './state.ts';

const ALL: Readonly<Record<string, Access>> = {
  actions: 'read',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
};

/** One fake GitHub: what it holds, and what it makes of each request. */
export class Fake {
  readonly #repositories: Map<string, Repository>;
  readonly #options: GitHubOptions;
  readonly #contract = new Contract();
  readonly #faults = new Faults();
  readonly #calls: Call[] = [];
  readonly #violations: string[] = [];
  #lastId = 1000;

  constructor(options: GitHubOptions) {
    const { repositories = ['octo-org/octo-repo'] } = options;
    this.#options = options;
    this.#repositories = new Map(repositories.map((name) => [name.toLowerCase(), emptyRepository(name)]));
  }

  handle(server: Server): GitHub {
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the fake GitHub has no port');
    return {
      url: `http://127.0.0.1:${address.port}`,
      repository: (name) => this.#repository(name),
      addPull: (pull, name) => this.#addPull(pull, this.#repository(name)),
      addArtifact: (runId, artifact, files, name) =>
        keepArtifact(this.#repository(name), ++this.#lastId, runId, artifact, files),
      calls: () => this.#calls,
      violations: () => this.#violations,
      fail: (fault) => this.#faults.add(fault),
      heal: () => this.#faults.clear(),
      stop: async () => {
        if (!server.listening) return;
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
      },
    };
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    // Who takes us for a proxy names the whole address.
    const asked = new URL(url, `http://${headers.host ?? '127.0.0.1'}`);
    const origin = asked.origin;
    // GitHub Enterprise Server has its API there.
    const path = asked.pathname.replace(/^\/api\/v3(?=\/)/, '');
    const body = parsed(await textOfBody(incoming));
    if (path.startsWith('/_')) {
      send(response, this.#own(method, path, body));
      return;
    }
    const call: Call = { method, path: `${path}${asked.search}`, body, status: 0 };
    this.#calls.push(call);
    const fault = this.#faults.take(method, path);
    if (fault?.hang) return;
    if (fault?.reset) {
      incoming.socket.resetAndDestroy();
      return;
    }
    const answer = fault
      ? broken(fault)
      : this.#answer(call, path, asked.searchParams, headers.authorization, origin);
    call.status = answer.status;
    send(response, answer);
  }

  #answer(
    { method, body }: Call,
    path: string,
    query: URLSearchParams,
    authorization: string | undefined,
    origin: string,
  ): Answer {
    const stranger = this.#refusal(authorization);
    if (stranger) return stranger;
    const fields = isMapping(body) ? body : {};
    if (method === 'POST' && path.endsWith('/graphql')) {
      const variables = isMapping(fields.variables) ? fields.variables : {};
      return answerQuery(textOf(fields.query), variables, (name) => this.#find(name));
    }
    const found = routeOf(method, path);
    const { owner, repo } = found?.parameters ?? {};
    const repository = this.#find(`${owner}/${repo}`);
    if (!found || !repository) return notFound();
    const { route, parameters } = found;
    const problems = this.#contract.request(route.operation, query, body);
    this.#note(`${route.operation} was sent`, problems);
    const answer =
      this.#forbidden(route) ??
      (problems.length > 0
        ? refused(422, `Invalid request.\n\n${problems.join('\n')}`)
        : route.answer({
            repository,
            origin,
            parameters,
            query,
            body: fields,
            nextId: () => ++this.#lastId,
          }));
    this.#note(
      `${route.operation} answered ${answer.status}`,
      this.#contract.response(route.operation, answer.status, answer.body),
    );
    return answer;
  }

  /** Requests for the fake itself, and for what GitHub keeps elsewhere. */
  #own(method: string, path: string, body: unknown): Answer {
    const [, kind, owner, name, id] = path.split('/');
    if (method === 'GET' && `/${kind}` === BLOBS) {
      const repository = this.#find(`${owner}/${name}`);
      const artifact = repository && findArtifact(repository, id);
      return artifact ? { status: 200, body: artifact.zip } : notFound();
    }
    if (method !== 'POST' || path !== '/_artifacts' || !isMapping(body)) return notFound();
    const { run, name: artifact, files, repository } = body;
    const found = this.#find(textOf(repository, [...this.#repositories.keys()][0]));
    if (!found || !isMapping(files) || typeof artifact !== 'string' || !Number.isSafeInteger(Number(run))) {
      return refused(422, 'run, name and files are needed');
    }
    const texts = Object.entries(files).map(([file, text]) => [file, String(text)]);
    keepArtifact(found, ++this.#lastId, Number(run), artifact, Object.fromEntries(texts));
    return { status: 201, body: {} };
  }

  #refusal(authorization: string | undefined): Answer | undefined {
    const given = /^(?:token|bearer) (.+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return refused(401, 'Requires authentication');
    const { token = given } = this.#options;
    return given === token ? undefined : refused(401, 'Bad credentials');
  }

  /** As for a job whose `permissions` lack it; the header names what would do. */
  #forbidden({ needs }: Route): Answer | undefined {
    const { permissions = ALL } = this.#options;
    const entries = Object.entries(needs);
    const allowed = entries.some(
      ([name, access]) =>
        name === 'metadata' || permissions[name] === 'write' || permissions[name] === access,
    );
    if (allowed) return undefined;
    const accepted = entries.map(([name, access]) => `${name}=${access}`).join('; ');
    return refused(403, 'Resource not accessible by integration', {
      'x-accepted-github-permissions': accepted,
    });
  }

  #note(where: string, problems: readonly string[]): void {
    this.#violations.push(...problems.map((problem) => `${where}: ${problem}`));
  }

  #find(name: string): Repository | undefined {
    return this.#repositories.get(name.toLowerCase());
  }

  #repository(name = [...this.#repositories.keys()][0] ?? ''): Repository {
    const found = this.#find(name);
    if (!found) throw new Error(`${name} is not among the repositories of this fake`);
    return found;
  }

  #addPull({ title, headSha, headRef, mergeSha = '' }: PullOptions, { issues }: Repository): Issue {
    const number = (issues.at(-1)?.number ?? 0) + 1;
    const atMs = Date.now();
    const pull: Issue = {
      number,
      author: 'octocat',
      title: title ?? `Change ${number}`,
      body: '',
      state: mergeSha ? 'closed' : 'open',
      labels: [],
      atMs,
      updatedMs: atMs,
      comments: [],
      pull: { headSha, headRef: headRef ?? `change-${number}`, baseRef: 'main', mergeSha },
    };
    issues.push(pull);
    return pull;
  }
}

function broken({ status = 500, message = 'Server Error', headers = {} }: Fault): Answer {
  return refused(status, message, headers);
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  if (Buffer.isBuffer(body)) {
    response.writeHead(status, { 'content-type': 'application/zip', ...headers }).end(body);
    return;
  }
  const type = { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...(body === undefined ? {} : type), ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function textOfBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
