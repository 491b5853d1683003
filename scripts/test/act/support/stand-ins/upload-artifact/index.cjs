const { readFileSync } = require('node:fs');
const { basename } = require('node:path');

async function main() {
  const { GITHUB_OF_TEST, GITHUB_RUN_ID, INPUT_NAME: name, INPUT_PATH: path } = process.env;
  const files = { [basename(path)]: readFileSync(path, 'utf8') };
  const body = JSON.stringify({ run: Number(GITHUB_RUN_ID), name, files });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${GITHUB_OF_TEST}/_artifacts`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

void main();
