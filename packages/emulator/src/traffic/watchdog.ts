import { spawn } from 'node:child_process';

/**
 * Ends process groups when this process dies in a way that leaves it no time to (SIGKILL, a crash): a shell that reads
 * the groups from a pipe, and kills what is left of them when the pipe closes.
 */
export type Watchdog = {
  watch(processGroup: number): void;
  forget(processGroup: number): void;
  close(): void;
};

const script = `
groups=' '
while read -r verb group; do
  case $verb in
    watch) groups="$groups$group " ;;
    forget) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -TERM "-$group" 2>/dev/null; done
[ "$groups" = ' ' ] || sleep 2
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
`;

export function createWatchdog(): Watchdog {
  // Its own group, so that a Ctrl-C in the terminal does not end it first.
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  const watched = new Set<number>();
  return {
    watch: (processGroup) => {
      watched.add(processGroup);
      shell.stdin.write(`watch ${processGroup}\n`);
    },
    forget: (processGroup) => {
      if (watched.delete(processGroup)) shell.stdin.write(`forget ${processGroup}\n`);
    },
    close: () => {
      shell.stdin.end();
    },
  };
}
