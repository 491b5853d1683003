import { createHash } from 'node:crypto';

/** A release of the demo's service: an image by digest, and how its container behaves. */
export type Release = { image: string; env: Record<string, string> };

const REPOSITORY = 'europe-west1-docker.pkg.dev/demo-project/shop/api';

function release(version: string, env: Record<string, string> = {}): Release {
  const digest = createHash('sha256').update(version).digest('hex');
  return { image: `${REPOSITORY}@sha256:${digest}`, env };
}

/** From 1.1.0 on the shop tells how much there is, which takes a column that the database of 1.0.0 does not have. */
export const WITH_STOCK = { COLUMNS: 'name, stock' };

export const releases = {
  first: release('1.0.0'),
  good: release('1.1.0', WITH_STOCK),
  failing: release('1.2.0', { ...WITH_STOCK, FAIL_SHARE: '0.05' }),
  broken: release('1.3.0', { START: 'no' }),
};
