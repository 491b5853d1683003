import { html } from './dom.ts';

export type Cell = string | Node;

let count = 0;

/** A table that scrolls by itself where the page is narrow or it is long; its region can be reached by keyboard for that. */
export function table(
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
        i === 0 ? { scope: 'row' } : {},
        typeof cell === 'string' ? html('bdi', {}, cell) : cell,
      ),
    );
  return html(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-labelledby': id },
    html(
      'table',
      {},
      html('caption', { id }, caption),
      html('thead', {}, html('tr', {}, ...headers.map((header) => html('th', { scope: 'col' }, header)))),
      html('tbody', {}, ...rows.map((row) => html('tr', {}, ...cells(row)))),
    ),
  );
}

/** The same behind a summary, made when it is opened: a long rollout has thousands of rows. */
export function folded(
  summary: string,
  headers: readonly string[],
  rows: () => readonly (readonly Cell[])[],
): HTMLElement {
  const details = html('details', {}, html('summary', {}, summary));
  details.addEventListener('toggle', () => details.append(table(summary, headers, rows())), { once: true });
  return details;
}
