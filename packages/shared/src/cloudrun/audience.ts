/**
 * `TAG---` in front of the service's name, in both forms of Cloud Run's URLs: NAME-HASH-REGION.a.run.app and
 * NAME-PROJECTNUMBER.REGION.run.app. Tags and names begin with a letter, and a name does not begin with a dash.
 */
const TAG = /^https:\/\/[a-z][a-z0-9-]*?---(?=[a-z][a-z0-9-]*\.[a-z0-9-]+\.run\.app$)/;

/**
 * The audience of an ID token for what is asked at a URL: its origin, and for the tagged URL of a revision that of the
 * service, since Cloud Run's IAM knows no tags.
 */
export function audienceOf(url: URL): string {
  return url.origin.replace(TAG, 'https://');
}
