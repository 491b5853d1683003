import { type Journal, journalSchema } from './journal.ts';

const OPENING = '<script type="application/json" id="journal">';
const CLOSING = '</script>';

/** Where the journal goes in the page. */
export const PLACE = `${OPENING}null${CLOSING}`;

/** JSON that no HTML parser takes for the end of the element, and no script for the end of a line. */
function inHtml(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The report: the page that was built with the action, with the journal in it. */
export function embed(page: string, journal: Journal): string {
  const [before, after, ...more] = page.split(PLACE);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error('the page has not exactly one place for the journal');
  }
  return `${before}${OPENING}${inHtml(JSON.stringify(journal))}${CLOSING}${after}`;
}

/** The journal in a report. Throws an `Error` that says why there is none. */
export function readJournal(html: string): Journal {
  const start = html.indexOf(OPENING);
  const end = html.indexOf(CLOSING, start);
  if (start < 0 || end < 0) throw new Error('there is no journal in it: it is not a report of these actions');
  const read = journalSchema.safeParse(JSON.parse(html.slice(start + OPENING.length, end)));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(
    `its journal is of another version or was changed: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}
