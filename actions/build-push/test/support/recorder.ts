import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from './kit.ts';

/** A docker that writes down how it was called; its builder is of the driver that is asked for. */
export function recorder(driver: string) {
  const bin = folder({
    docker: `#!/bin/sh\nif [ "$2" = inspect ]; then printf 'Name: x\\nDriver: ${driver}\\n'; exit; fi\nprintf '%s\\n' "$@" > "$SEEN/arguments"\nfor i in 1 2 3; do printenv -0 BUILD_SECRET_$i; done > "$SEEN/secrets"\ntrue\n`,
  });
  chmodSync(join(bin, 'docker'), 0o755);
  const seen = folder({ nothing: '' });
  return {
    env: { PATH: `${bin}:/usr/bin:/bin`, SEEN: seen },
    secrets: () => readFileSync(join(seen, 'secrets'), 'utf8').split('\0').slice(0, -1),
    args: () => {
      const file = join(seen, 'arguments');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    },
  };
}
