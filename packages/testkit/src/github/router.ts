import type { Route } from './answer.ts';
import { artifactRoutes } from './artifacts.ts';
import { deploymentRoutes } from './deployments.ts';
import { issueRoutes } from './issues.ts';
import { releaseRoutes } from './releases.ts';
import { fullRepository } from './represent.ts';

const repositoryRoute: Route = {
  operation: 'GET /repos/{owner}/{repo}',
  needs: { metadata: 'read' },
  answer: (request) => ({ status: 200, body: fullRepository(request) }),
};

const compiled = [
  repositoryRoute,
  ...deploymentRoutes,
  ...issueRoutes,
  ...releaseRoutes,
  ...artifactRoutes,
].map((route) => {
  const [method = '', path = ''] = route.operation.split(' ');
  const pattern = path.replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>[^/]+)`);
  return { route, method, pattern: new RegExp(`^${pattern}$`), parts: path.split('{').length };
});
// `…/issues/comments/1` is not issue "comments": what names more of the path itself comes first.
compiled.sort((a, b) => a.parts - b.parts);

export function routeOf(
  method: string,
  path: string,
): { route: Route; parameters: Record<string, string> } | undefined {
  for (const each of compiled) {
    const match = each.method === method ? each.pattern.exec(path) : null;
    if (!match) continue;
    const named = Object.entries(match.groups ?? {});
    return {
      route: each.route,
      parameters: Object.fromEntries(named.map(([name, value]) => [name, decodeURIComponent(value)])),
    };
  }
  return undefined;
}
