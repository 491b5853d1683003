import type { GitHubClient } from './client.ts';

type Wanted = {
  /** The commit whose pull request is told, unless the run was started for one. */
  sha: string;
  pull: number | undefined;
  /** What the body begins with, by which the comment is found again. */
  mark: string;
  body: string;
};

/** The one comment on the pull request that is released, written once and then brought up to date. */
export class PullComment {
  #pull: { number: number | undefined } | undefined;
  #written: { id: number; body: string } | undefined;

  async write(client: GitHubClient, { sha, pull, mark, body }: Wanted): Promise<void> {
    if (this.#written?.body === body) return;
    this.#pull ??= { number: pull ?? (await client.mergedPull(sha)) };
    const { number } = this.#pull;
    if (number === undefined) return;
    const known = this.#written?.id ?? (await find(client, number, mark));
    if (known !== undefined) await client.updateComment(known, body);
    this.#written = { id: known ?? (await client.createComment(number, body)), body };
  }
}

/** What a stranger has written is not taken for ours, however it begins. */
async function find(client: GitHubClient, pull: number, mark: string): Promise<number | undefined> {
  const comments = await client.comments(pull);
  return comments.find(({ body, trusted }) => trusted && body.startsWith(mark))?.id;
}
