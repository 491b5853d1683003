/** Stretches in which nothing is a link: fenced code, code in a line, comments. */
const NOT_LINKS = String.raw`^[ \t]*(?<fence>\`{3,}|~{3,})[^\n]*\n[^]*?(?:^[ \t]*\k<fence>[\`~]*[ \t]*$|(?![^]))|(?<ticks>\`+)(?!\`)(?:(?!\n[ \t]*\n)[^])*?[^\`]\k<ticks>(?!\`)|<!--[^]*?-->`;
const INLINE = String.raw`(?<=\])\(\s*(?:<[^>\n]*>|[^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)*)`;
const DEFINITION = String.raw`^ {0,3}\[(?!\^)[^\]\n]+\]:\s*(?:<[^>\n]*>|\S+)`;
const TAG = String.raw`<[a-z][\w-]*\s[^>]*>`;
const ANY = new RegExp(
  `${NOT_LINKS}|(?<inline>${INLINE})|(?<definition>${DEFINITION})|(?<tag>${TAG})`,
  'gim',
);
const ATTRIBUTE = /(\s(?:href|src|poster)\s*=\s*)(?:"([^"]*)"|'([^']*)')/gi;
const SRCSET = /(\ssrcset\s*=\s*)(?:"([^"]*)"|'([^']*)')/gi;

/**
 * Replaces the target of every relative link of a Markdown text, in Markdown or HTML, by what `rewrite` makes of it. Links with a
 * scheme, and those within the text itself, stay.
 */
export function rewriteLinks(markdown: string, rewrite: (target: string) => string): string {
  const target = (text: string): string => (isRelative(text) ? rewrite(text) : text);
  const afterMark = (text: string, mark: RegExp): string =>
    text.replace(mark, (_, before: string, angled: string | undefined, bare: string | undefined) =>
      angled === undefined ? `${before}${target(bare ?? '')}` : `${before}<${target(angled)}>`,
    );
  return markdown.replace(ANY, (whole: string, ...rest: unknown[]) => {
    const { inline, definition, tag } = rest.at(-1) as Record<string, string | undefined>;
    if (inline !== undefined) return afterMark(inline, /^(\(\s*)(?:<([^>]*)>|(.*))$/s);
    if (definition !== undefined) return afterMark(definition, /^(\s*\[[^\]]+\]:\s*)(?:<([^>]*)>|(.*))$/s);
    if (tag === undefined) return whole;
    return tag
      .replace(ATTRIBUTE, (_, before: string, double?: string, single?: string) => {
        return `${before}"${target(double ?? single ?? '')}"`;
      })
      .replace(SRCSET, (_, before: string, double?: string, single?: string) => {
        const candidates = (double ?? single ?? '').split(',').map((each) => each.trim());
        return `${before}"${candidates.map((each) => each.replace(/^\S+/, target)).join(', ')}"`;
      });
  });
}

function isRelative(target: string): boolean {
  return (
    target !== '' && !target.startsWith('#') && !target.startsWith('//') && !/^[a-z][\w+.-]*:/i.test(target)
  );
}
