import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Ends the server and removes its directory once this process ends it or has died, be it by SIGKILL: a shell that reads
 * the server's process id from a pipe, and acts when the pipe closes.
 */
export type Guard = {
  /** Guards `pid`, in place of the one before; undefined once that has exited. */
  watch(pid: number | undefined): void;
  /** Resolves when the server has exited and the directory is gone. */
  end(): Promise<void>;
};

// SIGQUIT is PostgreSQL's immediate shutdown.
const script = `
while read -r line; do server=$line; done
if [ -n "$server" ]; then
  kill -QUIT "$server" 2>/dev/null
  tries=50
  while kill -0 "$server" 2>/dev/null && [ "$tries" -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.1
  done
  [ "$tries" -gt 0 ] || kill -KILL "$server" 2>/dev/null
fi
rm -rf "$1" 2>/dev/null || { sleep 2; rm -rf "$1"; }
`;

export function createGuard(directory: string): Guard {
  // Its own group, so that a Ctrl-C in the terminal does not end it first.
  const shell = spawn('/bin/sh', ['-c', script, 'guard', directory], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const exit = once(shell, 'exit').catch(() => undefined);
  shell.stdin.on('error', () => {});
  return {
    watch: (pid) => {
      if (shell.stdin.writable) shell.stdin.write(`${pid ?? ''}\n`);
    },
    end: async () => {
      shell.stdin.end();
      await exit;
    },
  };
}
