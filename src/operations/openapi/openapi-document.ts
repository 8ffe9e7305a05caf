import { z } from 'zod';
import { HTTP_ERROR_CODES } from '../../errors.js';
import { answerNames } from './answer-fields.js';
import type { Endpoint } from './endpoints.js';

type Json = Record<string, unknown>;

const ERRORS: Readonly<Record<number, string>> = {
  400: 'The request is wrong; the message names the field',
  401: 'No key, or none that is valid',
  403: 'The role of the key may not do this',
  404: 'There is no such thing',
  409: 'It cannot be done now, or the Idempotency-Key was used for another request',
  422: 'It is understood and cannot be done so',
  429: 'Too many requests; Retry-After says when to come back',
  503: 'The database does not answer; Retry-After says when to come back',
};

/** The OpenAPI 3.1 document of the management API. It says nothing of the installation, so it is the same everywhere. */
export function openApiDocument(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Json> = {};
  const schemas: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operation(endpoint, schemas);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Hookyard management API', version: '1', license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Error: {
          type: 'object',
          required: ['status', 'data', 'errors'],
          properties: {
            status: { const: 'error' },
            data: { type: 'null' },
            errors: {
              type: 'array',
              items: {
                type: 'object',
                required: ['code', 'message'],
                properties: { code: { enum: HTTP_ERROR_CODES }, message: { type: 'string' } },
              },
            },
          },
        },
        Page: {
          type: 'object',
          required: ['next', 'prev', 'total', 'totalIsExact'],
          properties: {
            next: { type: ['string', 'null'], description: 'Cursor of the page after this one' },
            prev: { type: ['string', 'null'], description: 'Cursor of the page before this one' },
            total: { type: 'integer', description: 'A lower bound, unless totalIsExact' },
            totalIsExact: { type: 'boolean' },
            searchLagMs: { type: 'integer', description: 'With a filter on bodies: what is younger may be missing' },
          },
        },
        ...Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      },
    },
  };
}

function operation(endpoint: Endpoint, schemas: Record<string, Json>): Json {
  const { method, path, deprecation, description } = endpoint;
  return {
    operationId: endpoint.operationId,
    tags: [path.split('/')[3]],
    summary: description?.summary ?? `${method} ${path.replace('/api/v1', '')}`,
    description: `Role: ${endpoint.role}.${deprecation ? ` Use ${deprecation.instead} instead.` : ''}`,
    'x-role': endpoint.role,
    ...(deprecation ? { deprecated: true, 'x-sunset': deprecation.sunset.toISOString() } : {}),
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      })),
      ...queryParameters(endpoint.query),
      ...(method === 'GET'
        ? []
        : [{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string', minLength: 1, maxLength: 255 } }]),
    ],
    ...(endpoint.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(endpoint.body, 'input') } },
          },
        }
      : {}),
    responses: { [endpoint.status]: success(endpoint, schemas), ...failures(endpoint) },
  };
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = jsonSchema(query, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function success({ description, query, method }: Endpoint, schemas: Record<string, Json>): Json {
  if (description?.mediaType) {
    return {
      description: 'Done',
      content: { [description.mediaType]: { schema: { type: 'string', contentEncoding: 'binary' } } },
    };
  }
  const data = description?.answer ? answerSchema(description.answer, schemas) : {};
  const isList =
    description?.list ?? (method === 'GET' && 'limit' in ((query as z.ZodObject | undefined)?.shape ?? {}));
  const schema = {
    type: 'object',
    required: ['status', 'data', 'errors', ...(isList ? ['page'] : [])],
    properties: {
      status: { const: 'ok' },
      data: isList ? { type: 'array', items: data } : data,
      errors: { type: 'array', maxItems: 0 },
      ...(isList ? { page: { $ref: '#/components/schemas/Page' } } : {}),
    },
  };
  return { description: 'Done', content: { 'application/json': { schema } } };
}

function failures({ method, path, query }: Endpoint): Json {
  const statuses = [
    400,
    401,
    403,
    ...(path.includes('{') ? [404] : []),
    ...(method === 'GET' ? [] : [409]),
    ...(method === 'GET' && !query ? [] : [422]),
    429,
    503,
  ];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: ERRORS[status],
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

/**
 * As it is sent: times are text. Fields may be added to it, so it does not say that there are no others. What has a name goes into
 * `schemas` and is referred to.
 */
function answerSchema(schema: z.ZodType, schemas: Record<string, Json>): Json {
  const {
    $schema: _dialect,
    $defs = {},
    ...rest
  } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    metadata: answerNames,
    override: ({ jsonSchema: made }) => {
      if (made.additionalProperties === false) delete made.additionalProperties;
      // The pattern of a time says no more than its format.
      if (made.format === 'date-time') delete made.pattern;
      if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum;
      if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum;
    },
  });
  for (const [name, { id: _id, ...definition }] of Object.entries($defs as Record<string, Json>)) {
    schemas[name] = referring(definition);
  }
  const name = answerNames.get(schema)?.id;
  // Zod may have put a named one among the definitions itself.
  if (name === undefined || '$ref' in rest) return referring(rest);
  const { id: _id, ...definition } = rest as Json;
  schemas[name] = referring(definition);
  return { $ref: `#/components/schemas/${name}` };
}

/** References within one schema become references within the document. */
function referring(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}

/** The document as `docs/openapi.json` holds it. */
export function openApiText(endpoints: readonly Endpoint[]): string {
  return `${JSON.stringify(openApiDocument(endpoints), null, 2)}\n`;
}
