import { invalidArgument } from '../grpc/status.ts';
import type { Occurrence } from './occurrences.ts';

const FIELDS = {
  kind: ({ kind }: Occurrence) => kind,
  resourceUrl: ({ resourceUri }: Occurrence) => resourceUri,
  noteName: ({ noteName }: Occurrence) => noteName,
};

const TERM = /^\s*(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')\s*$/;

const isField = (name: string): name is keyof typeof FIELDS => Object.hasOwn(FIELDS, name);

/**
 * The part of Container Analysis's filters that finds the occurrences of an image: `field="value"`, joined by AND
 * (https://cloud.google.com/artifact-analysis/docs/os-scanning-automatically#filtering).
 */
export function parseFilter(text: string): (occurrence: Occurrence) => boolean {
  if (text.trim() === '') return () => true;
  const terms = text.split(/\sAND\s/).map((part) => {
    const [, name = '', double, single] = TERM.exec(part) ?? [];
    if (!isField(name)) {
      throw invalidArgument(
        `The emulator does not understand "${part.trim()}" in a filter; it knows ${Object.keys(FIELDS).join(', ')} with = and AND.`,
      );
    }
    const field = FIELDS[name];
    const value = double ?? single ?? '';
    return (occurrence: Occurrence) => field(occurrence) === value;
  });
  return (occurrence) => terms.every((term) => term(occurrence));
}
