import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { NeedsRole } from '../access/role.js';
import { managementControllers } from '../management-controllers.js';
import { Deprecated } from './describes.js';
import { docsPage } from './docs-page.js';
import { endpointsOf } from './endpoints.js';
import { openApiDocument, openApiText } from './openapi-document.js';

@Controller('api/v1/old-things')
class OldThings {
  @Get(':id')
  @NeedsRole('operator')
  @Deprecated({ since: new Date('2026-01-01'), sunset: new Date('2027-01-01'), instead: 'GET /things/{id}' })
  get(
    @Param('id') id: string,
    @Query({ schema: z.strictObject({ limit: z.coerce.number().max(7) }) }) query: object,
  ): object {
    return { id, query };
  }
}

describe('the OpenAPI document', () => {
  it('is what docs/openapi.json says', () => {
    const committed = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
    const made = openApiText(endpointsOf(managementControllers));
    const runThis = made === committed ? undefined : 'npm run openapi:dump';
    expect({ document: made, runThis }).toEqual({ document: committed, runThis: undefined });
  });

  it('names each endpoint once', () => {
    const ids = endpointsOf(managementControllers).map(({ operationId }) => operationId);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('says what every endpoint answers, in words of its own', () => {
    const silent = endpointsOf(managementControllers).filter(
      ({ description }) => !description || (description.answer ?? description.mediaType) === undefined,
    );
    expect(silent.map(({ operationId }) => `@Describes({ summary, answer }) is missing at ${operationId}`)).toEqual([]);
  });

  it('has a named schema for each resource, and every reference leads to one', () => {
    const document = openApiDocument(endpointsOf(managementControllers));
    const { schemas } = document['components'] as { schemas: Record<string, { properties?: object }> };
    const text = JSON.stringify(document);
    const referred = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference as string);
    const named = Object.keys(schemas).map((name) => `#/components/schemas/${name}`);
    expect([...new Set(referred)].toSorted()).toEqual(named.toSorted());
    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining([
        'Event',
        'Delivery',
        'Attempt',
        'Rejection',
        'Replay',
        'Source',
        'Destination',
        'Route',
        'ApiKey',
        'Error',
      ]),
    );
    for (const [name, { properties }] of Object.entries(schemas)) {
      expect([name, Object.keys(properties ?? {}).length > 0]).toEqual([name, true]);
    }
    expect(text).not.toContain('$defs');
  });

  it('says path, parameters, role and that an endpoint is given up', () => {
    const { paths } = openApiDocument(endpointsOf([OldThings])) as { paths: Record<string, Record<string, object>> };
    expect(paths['/api/v1/old-things/{id}']?.['get']).toMatchObject({
      operationId: 'oldThingsGet',
      deprecated: true,
      'x-sunset': '2027-01-01T00:00:00.000Z',
      'x-role': 'operator',
      description: 'Role: operator. Use GET /things/{id} instead.',
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
        { name: 'limit', in: 'query', required: true, schema: { type: 'number', maximum: 7 } },
      ],
    });
  });

  it('is a page that loads nothing and runs nothing', () => {
    const endpoints = endpointsOf(managementControllers);
    const page = docsPage(openApiDocument(endpoints), endpoints);
    expect(page).not.toMatch(/<script|src=|https?:|url\(/i);
    for (const { method, path } of endpoints) expect(page).toContain(`${method} ${path}`);
    expect(page).toContain('id="schema-Delivery"');
  });
});
