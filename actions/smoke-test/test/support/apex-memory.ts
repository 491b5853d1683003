/** The four critical paths of apex-memory. */
export const CRITICAL_PATHS = `
- name: healthy
  request: GET /api/v1/health
- name: login
  request: POST /api/v1/login
  json: { username: smoke, password: "\${MEMORY_PASSWORD}" }
  expect: { json: { user.roles: { contains: writer } } }
  capture: { token: token }
- name: ingest
  request: POST /api/v1/memories
  headers: { Authorization: "Bearer \${token}" }
  json: { text: "smoke \${GITHUB_RUN_ID}" }
  expect: { status: 202, json: { status: accepted } }
  capture: { id: id }
- name: query
  request: GET /api/v1/memories?q=smoke%20\${GITHUB_RUN_ID}
  headers: { Authorization: "Bearer \${token}" }
  expect:
    json:
      items[0].id: "\${id}"
      items[*].text: { type: string }
  retry: { for: 60s, every: 50ms }
`;

export const PASSWORD = 'correct horse';
