/** Texts as Cloud Run writes them; sources beside each. */

/** https://github.com/google-github-actions/deploy-cloudrun/issues/465 */
export function imageNotFound(image: string): string {
  return `Image '${image}' not found.`;
}

/** https://github.com/googlecodelabs/monolith-to-microservices/issues/110 */
export function notListening(port: number): string {
  return `The user-provided container failed to start and listen on the port defined provided by the PORT=${port} environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended. Logs for this revision might contain more information.`;
}

/** https://github.com/terraform-google-modules/terraform-docs-samples/pull/254 */
export const probeFailed =
  'The user-provided container failed the configured startup probe checks. Logs for this revision might contain more information.';

/** https://docs.cloud.google.com/run/docs/troubleshooting, HTTP 503. */
export const connectionError =
  'The request failed because either the HTTP response was malformed or connection to the instance had an error.';

/** https://docs.cloud.google.com/run/docs/troubleshooting, HTTP 503. */
export const unavailable = 'Service Unavailable';

/** What Google's front end says where no service, or no tag, answers to a name. */
export const pageNotFound = 'The requested URL was not found on this server.';
