/** A hidden line by which what we wrote is found again. Nothing in it can end the HTML comment. */
export function marker(kind: 'rollout' | 'rollback', ...parts: readonly string[]): string {
  const encoded = parts.map((part) => encodeURIComponent(part.toWellFormed()));
  return `<!-- apex:${[kind, ...encoded].join(' ')} -->`;
}
