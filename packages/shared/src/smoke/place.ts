import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** Counted from 1. */
export type Place = { line: number; column: number };

type Step = { node: Node | undefined; key: Node | undefined };

function stepInto(document: Document, node: Node | undefined, part: PropertyKey): Step {
  const container = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(container)) {
    const item = container.items[Number(part)];
    return { node: isNode(item) ? item : undefined, key: undefined };
  }
  if (!isMap(container)) return { node: undefined, key: undefined };
  const pair = container.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
  return {
    node: isNode(pair?.value) ? pair.value : undefined,
    key: isNode(pair?.key) ? pair.key : undefined,
  };
}

/** @param offset in the text, from 0 */
export function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Where the value at a path stands, or its key with `at: 'key'`; of what is missing, where the value around it begins. */
export function placeOf(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
  at: 'value' | 'key' = 'value',
): Place {
  let node: Node | undefined = isNode(document.contents) ? document.contents : undefined;
  let found: Node | undefined = node;
  for (const [i, part] of path.entries()) {
    const step = stepInto(document, node, part);
    if (!step.node && !step.key) break;
    const wantsKey = at === 'key' && i === path.length - 1;
    found = (wantsKey ? step.key : (step.node ?? step.key)) ?? found;
    node = step.node;
  }
  return placeAt(lines, found?.range?.[0] ?? 0);
}
