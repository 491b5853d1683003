async function main() {
  const { INPUT_WEBHOOK, INPUT_PAYLOAD } = process.env;
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(INPUT_WEBHOOK, { method: 'POST', headers, body: INPUT_PAYLOAD });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

void main();
