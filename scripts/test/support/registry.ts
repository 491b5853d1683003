const ACCEPT = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';

function manifestOf(repository: string, reference: string): Promise<Response> {
  const slash = repository.indexOf('/');
  const url = `http://${repository.slice(0, slash)}/v2${repository.slice(slash)}/manifests/${reference}`;
  return fetch(url, { headers: { accept: ACCEPT } });
}

/** Digest of a tag, from the registry itself; `undefined` where it has none. */
export async function digestOf(repository: string, tag: string): Promise<string | undefined> {
  const answer = await manifestOf(repository, tag);
  await answer.body?.cancel();
  return answer.headers.get('docker-content-digest') ?? undefined;
}

/** The images of an index's platforms, or the image itself, by digest. */
export async function platformsOf(image: string): Promise<string[]> {
  const [repository = '', digest = ''] = image.split('@');
  const answer = await manifestOf(repository, digest);
  const { manifests = [{ digest }] } = (await answer.json()) as { manifests?: { digest: string }[] };
  return manifests.map((manifest) => `${repository}@${manifest.digest}`);
}
