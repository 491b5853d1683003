import { z } from 'zod';
import { parseChallenge } from './challenge.ts';
import { readBody, type Send } from './http.ts';

export type AccessToken = () => Promise<string | undefined>;
/** The `authorization` header of the login at a registry's host, or `undefined` where nobody logged in. */
export type Logins = (host: string) => Promise<string | undefined>;

const MAX_TOKEN_BYTES = 64 * 1024;

const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** Artifact Registry and its hosts for images of the former Container Registry, on the port of https. */
export function isGoogles(host: string): boolean {
  return /(^|\.)(gcr\.io|pkg\.dev)$/.test(host);
}

/** Google's registries take an access token as the password of this user (https://cloud.google.com/artifact-registry/docs/docker/authentication#token). */
export function basicOf(accessToken: string): string {
  return Buffer.from(`oauth2accesstoken:${accessToken}`).toString('base64');
}

/**
 * The `authorization` header that answers a 401 of a registry, or `undefined` when there is none to give. A login goes
 * where the registry sends it, as docker does. The access token goes to Google's registries alone, and to the very host
 * that was asked; others get an anonymous request, which is enough for public images. Throws where the token service does
 * not answer.
 */
export async function answerChallenge(
  response: Response,
  {
    asked,
    repository,
    send,
    accessToken = async () => undefined,
    logins = async () => undefined,
  }: { asked: URL; repository: string; send: Send; accessToken?: AccessToken; logins?: Logins },
): Promise<string | undefined> {
  const challenge = parseChallenge(response.headers.get('www-authenticate'));
  if (!challenge) return undefined;
  const ownToken = async (to: URL) => {
    const login = await logins(asked.host);
    if (login !== undefined) return login;
    const google = asked.protocol === 'https:' && isGoogles(asked.host) && to.origin === asked.origin;
    const token = google ? await accessToken() : undefined;
    return token === undefined ? undefined : `Basic ${basicOf(token)}`;
  };
  if (challenge.scheme === 'basic') return ownToken(asked);

  const realm = new URL(challenge.realm);
  for (const [name, value] of challenge.parameters) realm.searchParams.set(name, value);
  if (!realm.searchParams.has('scope')) realm.searchParams.set('scope', `repository:${repository}:pull`);
  const own = await ownToken(realm);
  const answer = await send(realm, 'GET', own === undefined ? {} : { authorization: own });
  if (!answer.ok) {
    await answer.body?.cancel();
    return undefined;
  }
  const body: unknown = JSON.parse(String(await readBody(answer, MAX_TOKEN_BYTES)));
  const { token, access_token } = tokenSchema.parse(body);
  const bearer = token ?? access_token;
  return bearer === undefined ? undefined : `Bearer ${bearer}`;
}
