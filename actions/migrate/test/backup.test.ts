import { expect, test } from 'vitest';
import { createStage, onlyError, script } from './support/stage.ts';

const SQL = { instances: [{ name: 'main' }, { name: 'full', 'backup-error': 'disk is full' }] };

test('the database is backed up before it is migrated', async () => {
  const stage = await createStage({ sql: SQL });
  await stage.createService();
  const result = await stage.run({ ...script('0'), 'backup-instance': 'test-project:europe-west1:main' });
  expect(result.exitCode, result.log).toBe(0);
  const [backup] = stage.emulator.control.backups();
  expect(backup).toMatchObject({ instance: 'main', description: 'before migrate-shop' });
  expect(result.outputs.backup).toBe(backup?.id);
  expect(result.log).toMatch(/Backup \d+ of main is made[\s\S]*Execution migrate-shop-/);
});

test('a failed migration says how to go back to it', async () => {
  const stage = await createStage({ sql: SQL });
  await stage.createService();
  const result = await stage.run({ ...script('process.exit(1)'), 'backup-instance': 'main' });
  const { id = '' } = stage.emulator.control.backups()[0] ?? {};
  expect(onlyError(result)).toContain(
    `gcloud sql backups restore ${id} --restore-instance=main --project=test-project`,
  );
  expect(result.outputs).toMatchObject({ status: 'failed', backup: id });
});

test.each([
  [
    'full',
    /The backup of Cloud SQL instance full in test-project failed: disk is full\. Nothing was migrated\./,
  ],
  [
    'absent',
    /failed: .*not authorized.*Nothing was migrated\. Check `backup-instance`, .*roles\/cloudsql\.editor/,
  ],
])('without a backup of %s nothing is migrated, and nobody has to wait', async (instance, expected) => {
  const stage = await createStage({ sql: SQL });
  await stage.createService();
  const result = await stage.run({ ...script('0'), 'backup-instance': instance });
  expect(onlyError(result)).toMatch(expected);
  expect(stage.calls('RunJob')).toEqual([]);
  expect((await stage.run(script('0'))).exitCode).toBe(0);
});
