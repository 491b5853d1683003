import type { Clock } from '@apex-actions/shared/action/clock';
import type { RunContext } from '@apex-actions/shared/action/context';
import type { Log } from '@apex-actions/shared/action/log';
import type { Images } from '@apex-actions/shared/registry/images';
import type { Scanner } from '@apex-actions/shared/registry/scan';
import type { Docker } from './docker.ts';

export type Deps = {
  docker: Docker;
  images: Images;
  /** Made only where it is asked, since it needs credentials. */
  scanner: () => Promise<Scanner>;
  /** The image that a Cloud Run service runs now, and in which revision. */
  running: () => Promise<{ image: string; revision: string } | undefined>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** With the commit and the ref of what is built. */
  context: RunContext;
  /** Whether the runner lends its cache to this step. */
  offersCache: boolean;
  /** For files of this step, which may outlive it. */
  temp: string;
};
