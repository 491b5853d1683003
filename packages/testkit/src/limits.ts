import type { Annotation, AnnotationLevel } from './commands.ts';

const MAX_SUMMARY_BYTES = 1024 * 1024;
const MAX_OUTPUT_BYTES = 1024 * 1024;
const MAX_ANNOTATIONS_PER_LEVEL = 10;
const MAX_ANNOTATION_LENGTH = 4096;

/** What GitHub would cut off or refuse of a step's results, one sentence each. */
export function limitViolations(
  annotations: readonly Annotation[],
  summary: string,
  outputs: Readonly<Record<string, string>>,
): string[] {
  const violations: string[] = [];
  const summaryBytes = Buffer.byteLength(summary);
  if (summaryBytes > MAX_SUMMARY_BYTES) {
    violations.push(`The summary has ${summaryBytes} bytes; GitHub takes ${MAX_SUMMARY_BYTES}.`);
  }
  const outputBytes = Object.values(outputs).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  if (outputBytes > MAX_OUTPUT_BYTES) {
    violations.push(`The outputs have ${outputBytes} bytes; GitHub takes ${MAX_OUTPUT_BYTES} per job.`);
  }
  const levels: AnnotationLevel[] = ['error', 'warning', 'notice'];
  for (const level of levels) {
    const count = annotations.filter((annotation) => annotation.level === level).length;
    if (count > MAX_ANNOTATIONS_PER_LEVEL) {
      violations.push(`${count} ${level} annotations; GitHub shows ${MAX_ANNOTATIONS_PER_LEVEL} per step.`);
    }
  }
  for (const { level, message } of annotations) {
    if (message.length > MAX_ANNOTATION_LENGTH) {
      violations.push(
        `An ${level} annotation has ${message.length} characters; GitHub shows ${MAX_ANNOTATION_LENGTH}.`,
      );
    }
  }
  return violations;
}
