type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | number | undefined>>;

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** An element of HTML. Texts become text nodes, never markup. */
export function html<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(name), attributes, children);
}

/** An element of SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

/** Text from outside, which may be written from right to left, kept apart from what stands around it. */
export function said(text: string): HTMLElement {
  return html('bdi', {}, text);
}

/** A link, where the address is one that is safe to follow; else its text alone. */
export function link(address: string | undefined, text: string): Node {
  if (address === undefined || !/^https?:\/\//.test(address) || !URL.canParse(address)) return said(text);
  return html('a', { href: address, rel: 'noreferrer' }, said(text));
}
