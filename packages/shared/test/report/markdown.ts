import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** A node of a Markdown tree (https://github.com/syntax-tree/mdast), as far as we look at it. */
export type Node = {
  type: string;
  value?: string;
  lang?: string | null | undefined;
  url?: string;
  depth?: number;
  children?: readonly Node[];
};

/**
 * Markdown as GitHub reads it. Addresses are linked where they stand in the source, as its parser does (cmark-gfm,
 * autolink.c: `url_match` at a colon), and not once more where entities have become characters.
 */
export function parseMarkdown(text: string): Node {
  const toTree = gfmFromMarkdown().map(({ transforms: _, ...extension }) => extension);
  return fromMarkdown(text, { extensions: [gfm()], mdastExtensions: toTree });
}

export function all(node: Node, type: string): Node[] {
  const below = (node.children ?? []).flatMap((child) => all(child, type));
  return node.type === type ? [node, ...below] : below;
}

export function textOf({ value, children }: Node): string {
  return value ?? (children ?? []).map(textOf).join('');
}

/** The rows of each table, cells as plain text. */
export function tablesOf(tree: Node): string[][][] {
  return all(tree, 'table').map(({ children: rows }) =>
    (rows ?? []).map(({ children: cells }) => (cells ?? []).map(textOf)),
  );
}
