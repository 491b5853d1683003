import { z } from 'zod';
import { isTransient, type RetryOptions, retrying } from '../action/retry.ts';
import { readBody } from './http.ts';
import {
  digestOf,
  MANIFEST_TYPES,
  MAX_MANIFEST_BYTES,
  type Manifest,
  parseManifest,
  typeOf,
} from './manifest.ts';
import { type ImageReference, isDigest } from './reference.ts';
import { createAsk, type RegistryOptions } from './requests.ts';

type Repository = Pick<ImageReference, 'registry' | 'repository'>;

export type StoredManifest = {
  digest: string;
  mediaType: string;
  body: Uint8Array<ArrayBuffer>;
  manifest: Manifest;
};

/** https://github.com/opencontainers/image-spec/blob/main/config.md */
const configSchema = z.object({
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
  history: z
    .array(z.object({ created_by: z.string().default(''), empty_layer: z.boolean().default(false) }))
    .default([]),
});

export type ImageConfig = z.output<typeof configSchema>;

/** Images in a registry, beyond their digests. Every method throws where the registry refuses or does not answer. */
export type Images = {
  /** By tag or digest; `undefined` where the registry has no such thing. */
  manifest(repository: Repository, reference: string): Promise<StoredManifest | undefined>;
  config(repository: Repository, digest: string): Promise<ImageConfig>;
  /** Lets a tag name a manifest that the repository already has. */
  tag(repository: Repository, tag: string, manifest: StoredManifest): Promise<void>;
};

const HINTS: Readonly<Record<number, string>> = {
  401: ': it wants credentials that this step does not have for it',
  403: ': these credentials are not enough (on Artifact Registry: roles/artifactregistry.writer)',
  429: ': too many requests',
};

/** A registry's answer that is no success. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const PASSING = new Set([429, 500, 502, 503, 504]);
const mayPass = (error: unknown) =>
  error instanceof Refusal
    ? PASSING.has(error.status)
    : isTransient(error) || (error instanceof Error && error.name === 'TimeoutError');

/** How long one request and its repetitions may take; all of them may be made twice. */
const DEADLINE_MS = 60_000;

async function refused(
  { registry, repository }: Repository,
  what: string,
  response: Response,
): Promise<Error> {
  await response.body?.cancel();
  const { status } = response;
  return new Refusal(
    status,
    `${registry} answered ${status} for ${what} of ${repository}${HINTS[status] ?? ''}`,
  );
}

export function createImages(options: RegistryOptions & Pick<RetryOptions, 'onRetry'> = {}): Images {
  const ask = createAsk(options);
  const { signal, onRetry } = options;
  const policy = {
    deadlineMs: DEADLINE_MS,
    retryable: mayPass,
    ...(signal ? { signal } : {}),
    ...(onRetry ? { onRetry } : {}),
  };
  const images: Images = {
    async manifest(repository, reference) {
      const path = `manifests/${reference}`;
      const response = await ask(repository, {
        method: 'GET',
        path,
        headers: { accept: MANIFEST_TYPES.join(', ') },
      });
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      if (!response.ok) throw await refused(repository, reference, response);
      const mediaType = typeOf(response);
      const body = new Uint8Array(await readBody(response, MAX_MANIFEST_BYTES));
      const digest = digestOf(body);
      if (isDigest(reference) && digest !== reference) {
        throw new Error(`${repository.registry} answered another manifest (${digest}) for ${reference}`);
      }
      return { digest, mediaType, body, manifest: parseManifest(body) };
    },
    async config(repository, digest) {
      const response = await ask(repository, { method: 'GET', path: `blobs/${digest}` });
      if (!response.ok) throw await refused(repository, digest, response);
      return configSchema.parse(JSON.parse(String(await readBody(response, MAX_MANIFEST_BYTES))));
    },
    async tag(repository, tag, { mediaType, body }) {
      const headers = { 'content-type': mediaType };
      const response = await ask(repository, { method: 'PUT', path: `manifests/${tag}`, headers, body });
      if (!response.ok) throw await refused(repository, `tag ${tag}`, response);
      await response.body?.cancel();
    },
  };
  return {
    manifest: (...given) => retrying(() => images.manifest(...given), policy),
    config: (...given) => retrying(() => images.config(...given), policy),
    tag: (...given) => retrying(() => images.tag(...given), policy),
  };
}

/** The labels of an image by tag or digest; of the first platform's where there are several. Throws as `Images` does. */
export async function labelsOf(
  images: Images,
  repository: Repository,
  reference: string,
): Promise<Readonly<Record<string, string>>> {
  const stored = await images.manifest(repository, reference);
  if (!stored) throw new Error(`${repository.registry} has no ${reference} of ${repository.repository}`);
  return labelsOfManifest(images, repository, stored);
}

/** As `labelsOf`, for a manifest that is there already. */
export async function labelsOfManifest(
  images: Images,
  repository: Repository,
  { manifest }: StoredManifest,
): Promise<Readonly<Record<string, string>>> {
  if (manifest.kind === 'image') {
    return (await images.config(repository, manifest.config.digest)).config?.Labels ?? {};
  }
  const [first] = manifest.images;
  return first ? labelsOf(images, repository, first.digest) : {};
}
