import { invalidArgument, unimplemented } from '../grpc/status.ts';
import { type LogEntry, SEVERITIES } from './store.ts';

type Value = string | number | undefined;

const NAMES: readonly string[] = SEVERITIES;

const TERM = /^([\w.]+(?:\."[^"]*")?)\s*(=|!=|>=|<=|>|<)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"()]+))$/;

/** The value of a field such as `severity`, `resource.labels.job_name` or `labels."run.googleapis.com/execution_name"`. */
function fieldOf(path: string): ((entry: LogEntry) => Value) | undefined {
  const quoted = /^(resource\.labels|labels)\.(?:"([^"]*)"|(\w+))$/.exec(path);
  if (quoted) {
    const key = quoted[2] ?? quoted[3] ?? '';
    return quoted[1] === 'labels' ? ({ labels }) => labels[key] : ({ resource }) => resource.labels[key];
  }
  switch (path) {
    case 'resource.type':
      return ({ resource }) => resource.type;
    case 'logName':
      return ({ logName }) => logName;
    case 'insertId':
      return ({ insertId }) => insertId;
    case 'severity':
      return ({ severity }) => SEVERITIES.indexOf(severity);
    case 'timestamp':
      return ({ timestamp }) => timestamp.getTime();
    default:
      return undefined;
  }
}

function operandOf(path: string, text: string): string | number {
  if (path === 'severity') {
    const level = NAMES.indexOf(text.toUpperCase());
    if (level < 0) throw invalidArgument(`Unparseable filter: ${text} is not a severity.`);
    return level;
  }
  if (path !== 'timestamp') return text;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalidArgument(`Unparseable filter: ${text} is not a timestamp.`);
  return ms;
}

function compare(value: Value, operator: string, operand: string | number): boolean {
  // A field that an entry lacks matches no comparison (https://docs.cloud.google.com/logging/docs/view/logging-query-language#missing-fields).
  if (value === undefined) return false;
  switch (operator) {
    case '=':
      return value === operand;
    case '!=':
      return value !== operand;
    case '>':
      return value > operand;
    case '>=':
      return value >= operand;
    case '<':
      return value < operand;
    default:
      return value <= operand;
  }
}

/**
 * The part of the Logging query language that finds the entries of a resource: comparisons joined by AND or line ends
 * (https://docs.cloud.google.com/logging/docs/view/logging-query-language).
 */
export function parseFilter(text: string): (entry: LogEntry) => boolean {
  const terms = text
    .split(/\sAND\s|\n/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map((term) => {
      const [, path = '', operator = '', quoted, bare = ''] = TERM.exec(term) ?? [];
      const field = fieldOf(path);
      if (!field)
        throw unimplemented(`The emulator does not understand "${term}" in a filter of log entries.`);
      const operand = operandOf(path, quoted?.replace(/\\(.)/g, '$1') ?? bare);
      return (entry: LogEntry) => compare(field(entry), operator, operand);
    });
  return (entry) => terms.every((term) => term(entry));
}
