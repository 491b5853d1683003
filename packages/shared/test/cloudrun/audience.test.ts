import { audienceOf } from '@apex-actions/shared/cloudrun/audience';
import fc from 'fast-check';
import { expect, it } from 'vitest';

it.each([
  ['https://shop-abc123-ew.a.run.app/', 'https://shop-abc123-ew.a.run.app'],
  ['https://canary---shop-abc123-ew.a.run.app/healthz?full=1', 'https://shop-abc123-ew.a.run.app'],
  ['https://pr-7---shop-123456.europe-west1.run.app', 'https://shop-123456.europe-west1.run.app'],
  ['https://pr----shop-123456.europe-west1.run.app', 'https://shop-123456.europe-west1.run.app'],
  ['https://my--shop-123456.europe-west1.run.app/', 'https://my--shop-123456.europe-west1.run.app'],
  ['https://canary---shop.example.com/', 'https://canary---shop.example.com'],
  ['https://canary---shop.run.app/', 'https://canary---shop.run.app'],
  ['https://canary---shop.a.run.app.example.com/', 'https://canary---shop.a.run.app.example.com'],
  ['https://shop.example.com:8443/a/b?c#d', 'https://shop.example.com:8443'],
  ['http://127.0.0.1:8080/healthz', 'http://127.0.0.1:8080'],
])('of %s is %s', (url, audience) => {
  expect(audienceOf(new URL(url))).toBe(audience);
});

/** Not what would be read as Punycode, or as another tag. */
const label = fc
  .stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/)
  .filter((text) => !text.startsWith('xn') && !text.includes('---'));
const region = fc.constantFrom('a', 'europe-west1', 'us-east4');

it('is that of the service for every tag and path', () => {
  fc.assert(
    fc.property(label, label, region, fc.webPath(), (tag, name, where, path) => {
      const service = `https://${name}.${where}.run.app`;
      const tagged = `https://${tag}---${name}.${where}.run.app`;
      expect(audienceOf(new URL(`${service}${path}`))).toBe(service);
      expect(audienceOf(new URL(`${tagged}${path}`))).toBe(service);
    }),
  );
});
