import { type Answer, textOf } from './answer.ts';
import type { Repository } from './state.ts';

/**
 * The two queries that `gh` 2.23 sends for `release view`, `release edit` and `release create --verify-tag`, seen on the
 * wire. Any other is an error, never an empty answer.
 */
export function answerQuery(
  query: string,
  variables: Readonly<Record<string, unknown>>,
  find: (fullName: string) => Repository | undefined,
): Answer {
  const repository = find(`${textOf(variables.owner)}/${textOf(variables.name)}`);
  if (!repository) return failed('NOT_FOUND', 'Could not resolve to a Repository');
  const tag = textOf(variables.tagName);
  if (query.includes('release(tagName: $tagName){databaseId,isDraft}')) {
    const found = repository.releases.find((each) => each.tag === tag);
    const release = found ? { databaseId: found.id, isDraft: found.draft } : null;
    return { status: 200, body: { data: { repository: { release } } } };
  }
  if (query.includes('ref(qualifiedName: $tagName){id}')) {
    const known = repository.tags.has(tag.replace('refs/tags/', ''));
    const ref = known ? { id: Buffer.from(`Ref:${tag}`).toString('base64') } : null;
    return { status: 200, body: { data: { repository: { ref } } } };
  }
  return failed('UNSUPPORTED', `The fake of GitHub does not know this query: ${query}`);
}

function failed(type: string, message: string): Answer {
  return { status: 200, body: { data: { repository: null }, errors: [{ type, message }] } };
}
