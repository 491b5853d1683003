/** What goes wrong with requests that fit. Without `status`, `hang` and `reset` it is a 500. */
export interface Fault {
  readonly method?: string;
  /** Of the path, without the query. */
  readonly path?: RegExp;
  /** For so many requests; default: for all. */
  readonly times?: number;
  readonly status?: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request is taken, and there is never an answer. */
  readonly hang?: boolean;
  /** The connection breaks. */
  readonly reset?: boolean;
}

export class Faults {
  readonly #rules: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#rules.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** The fault of this request, if it has one. */
  take(method: string, path: string): Fault | undefined {
    const rule = this.#rules.find(
      ({ fault, left }) =>
        left > 0 && (fault.method ?? method) === method && (fault.path?.test(path) ?? true),
    );
    if (!rule) return undefined;
    rule.left--;
    return rule.fault;
  }
}
