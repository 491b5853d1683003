/**
 * Cuts a stream into lines where the runner does: at \n, at \r\n and at a lone \r, since .NET's ReadLine ends
 * a line there too. Text that smuggles a \r in front of `::command` is therefore caught.
 */
export class LineSplitter {
  private rest = '';
  private readonly onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  push(chunk: string): void {
    const text = this.rest + chunk;
    // A \r at the very end may be the first half of \r\n.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.onLine(line);
  }

  end(): void {
    if (this.rest !== '') this.onLine(this.rest.replace(/\r$/, ''));
    this.rest = '';
  }
}
