const pending = new Set<() => void>();

process.once('exit', () => {
  for (const action of pending) action();
});

/** Runs `action` when this process exits, unless the returned function has been called by then. */
export function atExit(action: () => void): () => void {
  pending.add(action);
  return () => {
    pending.delete(action);
  };
}
