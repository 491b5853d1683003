import { listen } from './listen.ts';

/** A webhook of Slack's. */
export type Slack = { url: string; messages(): string[]; stop(): Promise<void> };

export async function startSlack(): Promise<Slack> {
  const messages: string[] = [];
  const { host, stop } = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    messages.push((JSON.parse(body) as { text: string }).text);
    response.end('ok');
  });
  return { url: `http://${host}/services/T0/B0/secret`, messages: () => [...messages], stop };
}
