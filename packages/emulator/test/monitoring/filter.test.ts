import { describe, expect, it } from 'vitest';
import { canonicalField, matches, parseFilter } from '../../src/monitoring/filter.ts';

const fields: Record<string, string> = {
  project: 'demo',
  'metric.type': 'run.googleapis.com/request_count',
  'resource.type': 'cloud_run_revision',
  'resource.labels.service_name': 'api',
  'resource.labels.revision_name': 'api-00002-abc',
  'metric.labels.response_code': '503',
  'metric.labels.response_code_class': '5xx',
};
const passes = (filter: string): boolean => matches(parseFilter(filter), (field) => fields[field] ?? '');

describe('a filter', () => {
  it.each([
    ['resource.labels.service_name = "api"', true],
    ["resource.labels.service_name='api'", true],
    ['resource.label.service_name="web"', false],
    ['resource.label."service_name" != "web"', true],
    ['metric.type="run.googleapis.com/request_count" resource.type="cloud_run_revision"', true],
    ['metric.type="run.googleapis.com/request_count" resource.type="other"', false],
    ['metric.labels.response_code_class = one_of("4xx", "5xx")', true],
    ['metric.labels.response_code_class != one_of("4xx", "5xx")', false],
    ['resource.labels.revision_name = starts_with("api-00002-")', true],
    ['resource.labels.revision_name = ends_with("-abd")', false],
    ['resource.labels.revision_name = has_substring("00002")', true],
    ['metric.labels.response_code = monitoring.regex.full_match("5..")', true],
    ['metric.labels.response_code = monitoring.regex.full_match("5.")', false],
    ['metric.labels.response_code = monitoring.regex.full_match("\\\\d+")', true],
    ['project = "demo" AND NOT metric.labels.response_code = "200"', true],
    ['NOT (metric.labels.response_code = "503" OR metric.labels.response_code = "500")', false],
    [
      'project = "demo" AND (metric.labels.response_code = "503" OR metric.labels.response_code = "500")',
      true,
    ],
    ['(project = "demo")\n\tAND (((metric.labels.response_code = "503")))', true],
  ])('%s is %s', (filter, expected) => {
    expect(passes(filter)).toBe(expected);
  });

  it.each([
    ['', 3],
    ['metric.type', 3],
    ['metric.type = ', 3],
    ['metric.type = "a', 3],
    ['metric.type = ("a" OR "b")', 3],
    ['(metric.type = "a"', 3],
    ['metric.type = "a")', 3],
    ['metric.type = "a" AND', 3],
    ['AND metric.type = "a"', 3],
    ['color = "red"', 3],
    ['metric.type = one_of()', 3],
    ['metric.type = starts_with("a", "b")', 3],
    ['metric.type = monitoring.regex.full_match("(")', 3],
    ['metric.type = "a" AND project = "b" OR project = "c"', 12],
    ['metric.type = abc', 12],
    ['metric.type : "a"', 12],
    ['group.id = "a"', 12],
    ['metric.type = monitoring.regex.other("a")', 12],
  ])('%s is refused with code %d', (filter, code) => {
    expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ code }));
  });
});

describe('canonicalField', () => {
  it('knows one spelling of each', () => {
    for (const spelling of [
      'resource.labels.a',
      'resource.label.a',
      'resource.labels."a"',
      'resource.label."a"',
    ]) {
      expect(canonicalField(spelling)).toBe('resource.labels.a');
    }
  });
});
