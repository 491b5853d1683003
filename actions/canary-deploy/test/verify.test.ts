/** The checks of `verify`, at the revision's own URL before it gets any user. */
import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError } from './support/stage.ts';

const GREETING = `
- name: Greeting
  request: GET /?from=\${GITHUB_ACTOR}
  expect: { body: hello }
`;
const SECRET = 'open-sesame-42';
const WRONG = `
- name: Greeting
  request: GET /?password=\${PASSWORD}
  expect: { body: "goodbye \${PASSWORD}" }
`;

describe('a canary that is verified', () => {
  it('goes on when every check passes, and says so', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    const result = await stage.deploy('v2', { verify: GREETING });
    expect(result.outputs, result.log).toMatchObject({ outcome: 'promoted' });
    expect(result.log).toMatch(/Healthy at \S+: GET \/health answered 200, and 1 of 1 checks passed/);
  });

  it('never has a user when a check fails; what is secret in it is nowhere', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    const running = stage.start('canary-deploy', { image: image('v2'), verify: WRONG }, { PASSWORD: SECRET });
    const result = await running.main;
    await running.post();
    expect(result.outputs).toMatchObject({ outcome: 'rolled-back' });
    expect(onlyError(result)).toMatch(
      /health check at 0 %: check "Greeting": GET \/\?password=\S+: body: expected "goodbye \*\*\*", got "hello"/,
    );
    expect(stage.usersOf(result.outputs.revision ?? '')).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
    const printed = result.lines.filter((line) => !line.startsWith('::add-mask::'));
    expect([...printed, result.summary, JSON.stringify(await stage.service())].join('\n')).not.toContain(
      SECRET,
    );
  });

  it('is a first deploy as well', async () => {
    const stage = await createStage();
    const result = await stage.deploy('v1', {
      spec: 'invokerIamDisabled: true',
      verify: '- { name: Greeting, request: GET /, expect: { body: goodbye } }',
    });
    expect(onlyError(result)).toMatch(/started, but check "Greeting": .*expected "goodbye", got "hello"/);
  });

  it('is not asked of what serves already, where that is a first deploy that failed', async () => {
    const stage = await createStage();
    const wrong = await stage.deploy('v1', {
      spec: 'invokerIamDisabled: true',
      verify: '- { name: Typo, request: GET /, expect: { body: goodbye } }',
    });
    expect(wrong.exitCode).toBe(1);
    const first = Object.keys(await stage.split())[0] ?? '';
    await stage.load();
    const result = await stage.deploy('v2', {
      verify: '- { name: New, request: GET /, expect: { body: only in v2 } }',
    });
    expect(result.outputs).toMatchObject({ outcome: 'rolled-back' });
    expect(stage.usersOf(result.outputs.revision ?? '')).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('is refused before anything is changed where its checks cannot be read', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const writes = stage.writes().length;
    const result = await stage.deploy('v2', { verify: '- request: GET /\n  expct: {}\n- GET /' });
    expect(onlyError(result)).toMatch(
      /`verify` \(line 2, column 3\): `expct` is not a key.*did you mean `expect`/,
    );
    expect(stage.writes()).toHaveLength(writes);
  });
});

describe('a rollback that is verified', () => {
  it('moves nobody to a revision whose check fails, and goes when it passes', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    expect((await stage.deploy('v2')).outputs).toMatchObject({ outcome: 'promoted' });
    const second = Object.keys(await stage.split())[0] ?? '';
    const refused = await stage.run('rollback', { to: first, verify: WRONG }, { PASSWORD: SECRET });
    expect(onlyError(refused)).toMatch(
      /is not healthy at its own URL: check "Greeting": .* Nothing was changed; users have/,
    );
    expect(await stage.split()).toEqual({ [second]: 100 });
    const gone = await stage.run('rollback', { to: first, verify: GREETING });
    expect(gone.exitCode, gone.log).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });
});
