import { createHash } from 'node:crypto';

/** A release of the demo's service: an image by digest, and how its container behaves. */
export type Release = { image: string; env: Record<string, string> };

const REPOSITORY = 'europe-west1-docker.pkg.dev/demo-project/shop/api';

function release(version: string, env: Record<string, string> = {}): Release {
  const digest = createHash('sha256').update(version).digest('hex');
  return { image: `${REPOSITORY}@sha256:${digest}`, env };
}

export const releases = {
  first: release('1.0.0'),
  good: release('1.1.0'),
  failing: release('1.2.0', { FAIL_SHARE: '0.05' }),
  broken: release('1.3.0', { START: 'no' }),
};
