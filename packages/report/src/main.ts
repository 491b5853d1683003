import type { Journal } from '@apex-actions/shared/report/journal';
import { html } from './dom.ts';
import { changes, charts, decisions, facts, foot, history, inputs, log, verdict } from './sections.ts';
import { headline } from './story.ts';
import { themeButton } from './theme.ts';

/** The page, from the journal that is embedded in it. */
function show(journal: Journal): void {
  document.title = `${journal.service.service}: ${headline(journal)}`;
  const sections = [
    facts(journal),
    charts(journal),
    decisions(journal),
    changes(journal),
    history(journal),
    inputs(journal),
    log(journal),
  ].filter((section) => section !== undefined);
  const links = sections.map(({ id, firstElementChild }) =>
    html('li', {}, html('a', { href: `#${id}` }, firstElementChild?.textContent ?? id)),
  );
  document.body.append(
    html('a', { class: 'skip', href: '#content' }, 'Skip to the report'),
    html('header', {}, html('nav', { 'aria-label': 'Sections' }, html('ul', {}, ...links)), themeButton()),
    html('main', { id: 'content', tabindex: -1 }, verdict(journal), ...sections),
    foot(),
  );
}

const text = document.getElementById('journal')?.textContent ?? 'null';
const journal: Journal | null = JSON.parse(text);
if (journal) show(journal);
