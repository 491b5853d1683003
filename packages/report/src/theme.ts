import { html } from './dom.ts';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** Goes from what the system says to light, to dark, and back. */
export function themeButton(): HTMLElement {
  let theme: Theme = 'system';
  const button = html('button', { type: 'button', class: 'theme' });
  const show = () => {
    document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
    show();
  });
  show();
  return button;
}
