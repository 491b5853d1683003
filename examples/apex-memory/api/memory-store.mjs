// What the API keeps where it has no database, until it ends.
import { randomUUID } from 'node:crypto';

const MOST_MEMORIES = 1000;
const MOST_RESULTS = 5;

export function memoryStore({ indexDelayMs, smokePassword }) {
  const memories = [];
  return {
    state: () => 'ok',
    close: () => {},
    knows: (_email, password) => password === smokePassword,
    put: (content) => {
      const id = randomUUID();
      memories.push({ id, content, foundFromMs: Date.now() + indexDelayMs });
      if (memories.length > MOST_MEMORIES) memories.shift();
      return id;
    },
    find: (words) =>
      memories
        .filter(
          ({ id, content, foundFromMs }) => `${id} ${content}`.includes(words) && foundFromMs <= Date.now(),
        )
        .slice(-MOST_RESULTS)
        .map(({ id, content }) => ({ id, content })),
  };
}
