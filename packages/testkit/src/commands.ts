import type { Masks } from './masks.ts';

export type AnnotationLevel = 'error' | 'warning' | 'notice';

export interface Annotation {
  readonly level: AnnotationLevel;
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
}

interface Command {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

const COMMANDS = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
];

/**
 * What the runner makes of the lines of one step: workflow commands are carried out, the rest is shown.
 * Follows ActionCommandManager and ActionCommand of actions/runner, both notations: `::name key=value::data`
 * at the start of a line, and the old `##[name key=value]data`, which counts anywhere in a line.
 */
export class CommandProcessor {
  readonly annotations: Annotation[] = [];
  readonly groups: string[] = [];
  readonly outputs: Record<string, string> = {};
  readonly state: Record<string, string> = {};
  /** A command that the runner cannot carry out fails the step, whatever its exit code. */
  failed = false;

  private readonly masks: Masks;
  private readonly showDebug: boolean;
  private readonly show: (line: string) => void;
  private readonly registered = new Set(COMMANDS);
  private stopToken: string | undefined;

  constructor(masks: Masks, showDebug: boolean, show: (line: string) => void) {
    this.masks = masks;
    this.showDebug = showDebug;
    this.show = (line) => show(masks.apply(line));
  }

  line(line: string): void {
    const command = parseCommand(line, this.registered) ?? parseOldCommand(line, this.registered);
    if (command === undefined) {
      this.show(line);
    } else if (this.stopToken !== undefined) {
      this.show(line);
      if (command.name === this.stopToken) this.resume(this.stopToken);
    } else {
      this.run(command, line);
    }
  }

  annotate(
    level: AnnotationLevel,
    message: string,
    properties: ReadonlyMap<string, string> = new Map(),
  ): void {
    const [title, file, line] = ['title', 'file', 'line'].map((name) => properties.get(name));
    this.annotations.push({
      level,
      message,
      ...(title === undefined ? {} : { title }),
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line: Number(line) }),
    });
    this.show(`##[${level}]${message}`);
  }

  fail(message: string): void {
    this.failed = true;
    this.annotate('error', message);
  }

  private run({ name, properties, data }: Command, line: string): void {
    switch (name) {
      case 'error':
      case 'warning':
      case 'notice':
        this.annotate(name, data, properties);
        break;
      case 'group':
        this.groups.push(data);
        this.show(`##[group]${data}`);
        break;
      case 'endgroup':
        this.show('##[endgroup]');
        break;
      case 'debug':
        if (this.showDebug) this.show(`##[debug]${data}`);
        break;
      case 'add-mask':
        if (data.trim() === '') this.annotate('warning', "Can't add secret mask for empty string.");
        else this.masks.add(data);
        break;
      case 'stop-commands':
        this.stop(data, line);
        break;
      case 'set-output':
        this.setDeprecated(name, this.outputs, properties, data);
        break;
      case 'save-state':
        this.setDeprecated(name, this.state, properties, data);
        break;
      case 'set-env':
      case 'add-path':
        this.fail(`Unable to process command '${line}' successfully: \`${name}\` is disabled.`);
        break;
    }
  }

  private stop(token: string, line: string): void {
    const name = token.toLowerCase();
    if (name === '' || name === 'pause-logging' || this.registered.has(name)) {
      this.fail(`Invoked ::stop-commands:: with token: [${token}] which is not allowed.`);
      return;
    }
    this.show(line);
    this.stopToken = name;
    this.registered.add(name);
  }

  private resume(token: string): void {
    this.registered.delete(token);
    this.stopToken = undefined;
  }

  private setDeprecated(
    command: string,
    target: Record<string, string>,
    properties: ReadonlyMap<string, string>,
    value: string,
  ): void {
    const name = properties.get('name');
    if (name === undefined) {
      this.fail(`Required field 'name' is missing in ##[${command}] command.`);
      return;
    }
    target[name] = value;
    this.annotate('warning', `The \`${command}\` command is deprecated and will be disabled soon.`);
  }
}

function parseCommand(line: string, registered: ReadonlySet<string>): Command | undefined {
  // U+0085 is white space for .NET's TrimStart, not for \s.
  const match = /^[\s\u0085]*::(.*?)::(.*)$/s.exec(line);
  if (match === null) return undefined;
  const [, info = '', data = ''] = match;
  return command(info, ',', data, registered, unescapeProperty, unescapeData);
}

function parseOldCommand(line: string, registered: ReadonlySet<string>): Command | undefined {
  const match = /##\[(.*?)\](.*)$/s.exec(line);
  if (match === null) return undefined;
  const [, info = '', data = ''] = match;
  return command(info, ';', data, registered, unescapeOld, unescapeOld);
}

function command(
  info: string,
  separator: string,
  data: string,
  registered: ReadonlySet<string>,
  property: (text: string) => string,
  content: (text: string) => string,
): Command | undefined {
  const [, name = '', list = ''] = /^(\S*) ?(.*)$/s.exec(info) ?? [];
  if (!registered.has(name.toLowerCase())) return undefined;
  const properties = new Map<string, string>();
  for (const pair of list.trim().split(separator)) {
    const equals = pair.indexOf('=');
    if (equals > 0) properties.set(pair.slice(0, equals).toLowerCase(), property(pair.slice(equals + 1)));
  }
  return { name: name.toLowerCase(), properties, data: content(data) };
}

// The order matters: %25 last, so that an escaped `%250A` stays the text `%0A`.
function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
}

function unescapeOld(text: string): string {
  return unescapeData(text.replaceAll('%3B', ';').replaceAll('%5D', ']'));
}
