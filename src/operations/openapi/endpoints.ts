import { RequestMethod, type Type } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import type { z } from 'zod';
import { NeedsRole, type Role } from '../access/role.js';
import { deprecationOf, Describes, type Deprecation, type Description } from './describes.js';

/** https://github.com/nestjs/nest: RouteParamtypes. */
const BODY = '3';
const QUERY = '4';

/** One endpoint, as its controller declares it. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/api/v1/events/{id}`. */
  readonly path: string;
  /** Names it for generated clients: `eventsList`. */
  readonly operationId: string;
  /** The least role that may call it. */
  readonly role: Role;
  readonly status: number;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  readonly description: Description | undefined;
  readonly deprecation: Deprecation | undefined;
}

const reflector = new Reflector();

/** Every endpoint of these controllers, sorted by path and method: read from what Nest itself routes by, so none can be left out. */
export function endpointsOf(controllers: readonly Type[]): Endpoint[] {
  const endpoints = controllers.flatMap((controller) => {
    const prototype = controller.prototype as Record<string, unknown>;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const method: unknown = typeof handler === 'function' ? Reflect.getMetadata(METHOD_METADATA, handler) : undefined;
      return typeof handler === 'function' && typeof method === 'number'
        ? [endpoint(controller, name, handler as (...args: never[]) => unknown, method)]
        : [];
    });
  });
  return endpoints.toSorted((a, b) => (a.path === b.path ? order(a.method, b.method) : order(a.path, b.path)));
}

function endpoint(
  controller: Type,
  name: string,
  handler: (...args: never[]) => unknown,
  verb: RequestMethod,
): Endpoint {
  const method = RequestMethod[verb] as Endpoint['method'];
  const root = String(Reflect.getMetadata(PATH_METADATA, controller));
  const own = String(Reflect.getMetadata(PATH_METADATA, handler));
  const path = `/${root}/${own}`
    .replaceAll(/\/+/g, '/')
    .replace(/\/$/, '')
    .replaceAll(/:(\w+)/g, '{$1}');
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<
    string,
    { schema?: z.ZodType }
  >;
  const schema = (type: string): z.ZodType | undefined =>
    Object.entries(args).find(([key]) => key.startsWith(`${type}:`))?.[1].schema;
  const role = reflector.getAllAndOverride(NeedsRole, [handler, controller]);
  const status: unknown = Reflect.getMetadata(HTTP_CODE_METADATA, handler);
  return {
    method,
    path,
    operationId: operationId(root, name),
    role: role ?? (method === 'GET' ? 'viewer' : 'admin'),
    status: typeof status === 'number' ? status : method === 'POST' ? 201 : 200,
    query: schema(QUERY),
    body: schema(BODY),
    description: reflector.get(Describes, handler),
    deprecation: deprecationOf(handler),
  };
}

/** `api/v1/api-keys` and `list`: `apiKeysList`. */
function operationId(root: string, name: string): string {
  const resource = root.replace(/^\/?api\/v1\/?/, '').replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return resource + name.charAt(0).toUpperCase() + name.slice(1);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
