import { redirected } from '@apex-actions/shared/smoke/redirect';
import type { Request } from '@apex-actions/shared/smoke/request';
import { expect, test } from 'vitest';

const HEADERS = {
  'user-agent': 'apex',
  accept: '*/*',
  'accept-encoding': 'gzip',
  authorization: 'Bearer a',
  'x-serverless-authorization': 'Bearer b',
  cookie: 'c=d',
  'x-api-key': 'e',
  'content-type': 'application/json',
};
const { 'content-type': _, ...WITHOUT_BODY } = HEADERS;

function request(method: string, url: string, body?: string): Request {
  return { method, url: new URL(url), headers: HEADERS, body };
}

test.each<[from: string, location: string, to: string]>([
  ['https://a.example/x/y?q', '/z', 'https://a.example/z'],
  ['https://a.example/x/y?q', 'z?r=1', 'https://a.example/x/z?r=1'],
  ['https://a.example/x', 'https://A.EXAMPLE:443/z', 'https://a.example/z'],
  ['http://a.example:80/x', 'https://a.example/z', 'https://a.example/z'],
  ['http://127.0.0.1:8080/x', '//127.0.0.1:8080/z', 'http://127.0.0.1:8080/z'],
])('from %s to %s is the same host, which gets everything', (from, location, to) => {
  expect(redirected(request('PUT', from, 'body'), 307, location)).toEqual({
    ok: true,
    request: request('PUT', to, 'body'),
  });
});

test.each([
  ['https://a.example/x', 'https://b.example/x'],
  ['https://a.example/x', '//b.example/x'],
  ['https://a.example/x', '/\\b.example/x'],
  ['https://a.example/x', 'https://a.example.b.example/'],
  ['https://a.example/x', 'https://sub.a.example/'],
  ['https://a.example/x', 'https://a.example@b.example/'],
  ['https://a.example/x', 'https://a.example.:443/'],
  ['https://a.example/x', 'https://a.example:8443/'],
  ['https://a.example/x', 'http://a.example/'],
  ['http://a.example:8080/x', 'https://a.example:8080/'],
  ['http://a.example:8080/x', 'https://a.example/'],
  ['http://127.0.0.1:1/', 'http://127.0.0.1:2/'],
])('from %s to %s is another host, which is not asked', (from, location) => {
  for (const status of [301, 302, 303, 307, 308]) {
    for (const given of [request('GET', from), request('POST', from, 'body')]) {
      expect(redirected(given, status, location)).toEqual({
        ok: false,
        why: expect.stringMatching(
          /^redirects to another host, https?:\/\/\S+, which a check does not follow; /,
        ),
      });
    }
  }
});

test.each<[status: number, method: string, becomes: string]>([
  [301, 'GET', 'GET'],
  [301, 'POST', 'GET'],
  [301, 'PUT', 'PUT'],
  [302, 'POST', 'GET'],
  [302, 'DELETE', 'DELETE'],
  [302, 'HEAD', 'HEAD'],
  [303, 'POST', 'GET'],
  [303, 'PUT', 'GET'],
  [303, 'HEAD', 'HEAD'],
  [303, 'GET', 'GET'],
  [307, 'POST', 'POST'],
  [307, 'GET', 'GET'],
  [308, 'PATCH', 'PATCH'],
])('%i makes a %s a %s', (status, method, becomes) => {
  const withBody = method === 'GET' || method === 'HEAD' ? undefined : 'body';
  const got = redirected(request(method, 'https://a.example/x', withBody), status, '/y');
  const keeps = becomes === method && !(status === 303 && method === 'GET');
  expect(got).toMatchObject({ ok: true, request: { method: becomes, body: keeps ? withBody : undefined } });
  expect(got.ok && got.request.headers).toEqual(keeps ? HEADERS : WITHOUT_BODY);
});

test.each([
  ['http://', /^redirects to "http:\/\/", which is no URL$/],
  ['file:///etc/passwd', /^redirects to file:, which a check does not follow/],
  ['javascript:alert(1)', /^redirects to javascript:, which a check does not follow/],
])('%s is not followed', (location, why) => {
  expect(redirected(request('GET', 'https://a.example/'), 302, location)).toEqual({
    ok: false,
    why: expect.stringMatching(why),
  });
});
