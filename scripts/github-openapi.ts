/**
 * The part of GitHub's published OpenAPI description that the fake of the testkit is checked against, as JSON Schema.
 * Usage: node scripts/github-openapi.ts [VERSION of @octokit/openapi], which is fetched from npm (29 MB) and not kept.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const OUTPUT = resolve(import.meta.dirname, '../packages/testkit/fixtures/github-openapi.json');
const DESCRIPTION = 'package/generated/api.github.com.json';

const OPERATIONS = [
  'GET /repos/{owner}/{repo}',
  'GET /repos/{owner}/{repo}/deployments',
  'POST /repos/{owner}/{repo}/deployments',
  'GET /repos/{owner}/{repo}/deployments/{deployment_id}',
  'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
  'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
  'GET /repos/{owner}/{repo}/issues',
  'POST /repos/{owner}/{repo}/issues',
  'GET /repos/{owner}/{repo}/issues/{issue_number}',
  'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'GET /repos/{owner}/{repo}/releases',
  'POST /repos/{owner}/{repo}/releases',
  'GET /repos/{owner}/{repo}/releases/tags/{tag}',
  'PATCH /repos/{owner}/{repo}/releases/{release_id}',
  'POST /repos/{owner}/{repo}/releases/generate-notes',
  'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts',
  'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Mapping = { [key: string]: Json };

function mapping(value: Json | undefined): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** Follows a `$ref` inside the description. */
function resolved(root: Mapping, value: Json | undefined): Mapping {
  const { $ref } = mapping(value);
  if (typeof $ref !== 'string') return mapping(value);
  let found: Json | undefined = root;
  for (const part of $ref.slice(2).split('/')) found = mapping(found)[part];
  return mapping(found);
}

/** What says something to people only, or is an extension. */
const WORDS = new Set([
  'description',
  'example',
  'examples',
  'title',
  'default',
  'deprecated',
  'externalDocs',
]);

/** Keywords whose value maps names to schemas, so that its keys are not keywords. */
const NAMED = new Set(['properties', 'patternProperties']);

/**
 * OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, words for people go, references lead to `$defs`, and an object
 * with named properties has no others, so that a field that GitHub does not know is an error. Parts of an `allOf` stay open.
 */
function converted(value: Json, open = false): Json {
  if (Array.isArray(value)) return value.map((item) => converted(item, open));
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value.$ref === 'string')
    return { $ref: value.$ref.replace('#/components/schemas/', '#/$defs/') };
  const schema: Mapping = {};
  for (const [key, part] of Object.entries(value)) {
    if (WORDS.has(key) || key.startsWith('x-') || key === 'nullable') continue;
    if (NAMED.has(key)) {
      schema[key] = Object.fromEntries(
        Object.entries(mapping(part)).map(([name, each]) => [name, converted(each)]),
      );
    } else if (key === 'enum' || key === 'required') schema[key] = part;
    else schema[key] = converted(part, key === 'allOf' || key === 'anyOf' || key === 'oneOf');
  }
  if (!open && schema.properties && schema.additionalProperties === undefined) {
    schema.additionalProperties = false;
  }
  return value.nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

function jsonOf(root: Mapping, message: Json | undefined): Json {
  const schema = mapping(mapping(resolved(root, message).content)['application/json']).schema;
  return schema === undefined ? null : converted(schema);
}

function operation(root: Mapping, name: string): Mapping {
  const [method = '', path = ''] = name.split(' ');
  const described = mapping(mapping(mapping(root.paths)[path])[method.toLowerCase()]);
  if (!described.responses) throw new Error(`${name} is not in the description`);
  const parameters = (Array.isArray(described.parameters) ? described.parameters : []).map((parameter) =>
    resolved(root, parameter),
  );
  return {
    query: parameters.filter((parameter) => parameter.in === 'query').map(({ name: query }) => query ?? ''),
    request: jsonOf(root, described.requestBody),
    responses: Object.fromEntries(
      Object.entries(mapping(described.responses)).map(([status, response]) => [
        status,
        jsonOf(root, response),
      ]),
    ),
  };
}

/** The definitions that are needed, and those that these need. */
function definitions(root: Mapping, from: Json): Mapping {
  const schemas = mapping(mapping(root.components).schemas);
  const found: Mapping = {};
  const visit = (value: Json): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/\$defs\/([^"]+)"/g)) {
      if (found[name] !== undefined) continue;
      found[name] = converted(schemas[name] ?? null);
      visit(found[name]);
    }
  };
  visit(from);
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a.localeCompare(b)));
}

const version = process.argv[2] ?? '23.0.2';
const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
try {
  const pack = ['pack', `@octokit/openapi@${version}`, '--silent', '--pack-destination', folder];
  const file = execFileSync('npm', pack, { encoding: 'utf8' }).trim();
  execFileSync('tar', ['-xzf', join(folder, file), '-C', folder, DESCRIPTION]);
  const root = mapping(JSON.parse(readFileSync(join(folder, DESCRIPTION), 'utf8')));
  const operations = Object.fromEntries(OPERATIONS.map((name) => [name, operation(root, name)]));
  const source = `@octokit/openapi ${version}, api.github.com (MIT)`;
  writeFileSync(OUTPUT, `${JSON.stringify({ source, operations, $defs: definitions(root, operations) })}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
