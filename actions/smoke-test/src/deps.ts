import type { Clock } from '@apex-actions/shared/action/clock';
import type { Log } from '@apex-actions/shared/action/log';
import type { IdToken } from '@apex-actions/shared/cloudrun/id-token';
import type { Images } from '@apex-actions/shared/registry/images';
import type { Masks } from '@apex-actions/shared/smoke/masks';
import type { Sender } from '@apex-actions/shared/smoke/send';

export type Deps = {
  images: Images;
  idToken: (audience: string) => Promise<IdToken>;
  sender: Sender;
  masks: Masks;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
};
