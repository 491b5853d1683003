import { OWNER } from './places.ts';
import { majorTag, type Version } from './version.ts';

const USES = new RegExp(
  `^(?<before>\\s*(?:-\\s+)?uses:\\s+)(?<quote>['"]?)${OWNER}/(?<action>[\\w-]+)(?<path>/\\.github/workflows/[\\w.-]+)?@(?<ref>[^\\s'"#]+)\\k<quote>\\s*(?:#.*)?$`,
);
const MENTION = new RegExp(`\\b${OWNER}/[\\w./-]+@`);

/** The workflows that a workflow calls of those published beside it, such as `.github/workflows/deploy.yml`, and on which line. */
export function calledWorkflows(text: string): { path: string; line: number }[] {
  return text.split('\n').flatMap((line, index) => {
    const path = USES.exec(line)?.groups?.path;
    return path === undefined ? [] : [{ path: path.slice(1), line: index + 1 }];
  });
}

/**
 * Names every action, and every workflow that is called, by the commit just made: `uses: apex/rollback@v1` becomes
 * `uses: apex/rollback@<commit> # v1.2.3`. Throws where a line names one in a way that would stay as it is.
 */
export function pinActions(
  text: string,
  file: string,
  commits: ReadonlyMap<string, string>,
  version: Version,
): string {
  const pin = (line: string, index: number): string => {
    const { before, action, path = '', ref } = USES.exec(line)?.groups ?? {};
    const where = `${file}:${index + 1}`;
    if (before === undefined || action === undefined) {
      if (!MENTION.test(line.replace(/(?:^|\s)#.*$/, ''))) return line;
      throw new Error(
        `${where} names an action of ours where a release cannot put its commit. Nothing was pushed. Write it as: uses: ${OWNER}/NAME@${majorTag(version)}`,
      );
    }
    const commit = commits.get(action);
    if (commit === undefined) {
      throw new Error(
        `${where} uses ${OWNER}/${action}${path}, which is not in this release. Nothing was pushed.`,
      );
    }
    if (ref !== majorTag(version)) {
      throw new Error(
        `${where} uses ${OWNER}/${action}@${ref}, but ${version.tag} is released. Nothing was pushed. Change the source to @${majorTag(version)}.`,
      );
    }
    return `${before}${OWNER}/${action}${path}@${commit} # ${version.tag}`;
  };
  return text.split('\n').map(pin).join('\n');
}
