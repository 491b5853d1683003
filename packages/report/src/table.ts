import { html } from './dom.ts';

export type Cell = string | Node;

let count = 0;

/** Where the page is narrow, rows of words are stacked, a cell a line; numbers stay in columns, to be compared. */
export type Kind = 'words' | 'numbers';

/**
 * A table that scrolls by itself where the page is narrow or it is long; its region can be reached by keyboard for that. Its
 * roles are named, since some browsers forget them when rows are stacked.
 */
export function table(
  kind: Kind,
  caption: string,
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
): HTMLElement {
  count += 1;
  const id = `table-${count}`;
  const cells = (row: readonly Cell[]) =>
    row.map((cell, i) =>
      html(
        i === 0 ? 'th' : 'td',
        i === 0 ? { scope: 'row', role: 'rowheader' } : { role: 'cell', 'data-header': headers[i] },
        typeof cell === 'string' ? html('bdi', {}, cell) : cell,
      ),
    );
  return html(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-labelledby': id },
    html(
      'table',
      { class: kind, role: 'table', 'aria-labelledby': id },
      html('caption', { id }, caption),
      html(
        'thead',
        { role: 'rowgroup' },
        html(
          'tr',
          { role: 'row' },
          ...headers.map((header) => html('th', { scope: 'col', role: 'columnheader' }, header)),
        ),
      ),
      html('tbody', { role: 'rowgroup' }, ...rows.map((row) => html('tr', { role: 'row' }, ...cells(row)))),
    ),
  );
}

/** The same behind a summary, made when it is opened: a long rollout has thousands of rows. */
export function folded(
  kind: Kind,
  summary: string,
  headers: readonly string[],
  rows: () => readonly (readonly Cell[])[],
): HTMLElement {
  const details = html('details', {}, html('summary', {}, summary));
  details.addEventListener('toggle', () => details.append(table(kind, summary, headers, rows())), {
    once: true,
  });
  return details;
}
