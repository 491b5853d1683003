import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They take minutes of processor time, and nothing would run beside them at the end. */
const LONGEST = [/\/reproducible\.test\.ts$/, /\/false-rollbacks[^/]*\.test\.ts$/];

/** The order of vitest, but for the longest files, which come first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.some((pattern) => pattern.test(moduleId));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
