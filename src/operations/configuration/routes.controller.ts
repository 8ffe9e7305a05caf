import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import type { DeclaredRoute } from '../../config/config.js';
import { declareRoute } from '../../config/declare-entry.js';
import { MONITOR_NAME } from '../../config/monitor-schema.js';
import { routeSchema } from '../../config/route-schema.js';
import { Pools } from '../../database/pools.js';
import { SecretBox } from '../../database/secret-box.js';
import { HttpError } from '../../errors.js';
import { readRoutes, writeApiRoutes, type StoredRoute } from '../../routing/api-routes.js';
import { SourceCatalogue } from '../../routing/source-catalogue.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { ConfigurationChanges, entryOf, requireOwn } from './configuration-changes.js';
import { entryBody, merged } from './entry-body.js';
import { requireSignable } from './require-signable.js';
import { named } from '../openapi/answer-fields.js';

const newRoute = entryBody(routeSchema);
const changedRoute = entryBody(routeSchema, true);
const shownRoute = named(
  'Route',
  z.object({
    id: z.number(),
    source: z.string().nullable(),
    sourceType: z.string().nullable(),
    types: z.array(z.string()),
    filter: z.unknown(),
    to: z.string(),
    ordered: z.string().nullable(),
    latestOnly: z.boolean(),
    declaredBy: z.enum(['file', 'environment', 'code', 'api']),
    createdAt: z.iso.datetime(),
  }),
);
const gone = z.object({ id: z.number(), removed: z.literal(true) });

/** Routes that one change rewrites: each is looked at. */
const MOST_ROUTES = 2_000;

/** Which events go where. The file's come before those of code, and those before the API's. */
@Controller('api/v1/routes')
export class RoutesController {
  constructor(
    private readonly pools: Pools,
    private readonly changes: ConfigurationChanges,
    private readonly catalogue: SourceCatalogue,
    private readonly box: SecretBox,
  ) {}

  @Get()
  @Describes({ summary: 'All routes in force, in the order in which they are asked', answer: shownRoute, list: true })
  async list(): Promise<Envelope<object[]>> {
    const routes = (await readRoutes(this.pools.work)).map(show);
    return ok(routes, { next: null, prev: null, total: routes.length, totalIsExact: true });
  }

  @Get(':id')
  @Describes({ summary: 'One route', answer: shownRoute })
  async get(@Param('id') id: string): Promise<Envelope<object>> {
    return ok(show(find(await readRoutes(this.pools.work), id)));
  }

  @Post()
  @NeedsRole('admin')
  @Describes({ summary: 'Add a route after all others, as an entry of hookyard.yaml', answer: shownRoute })
  async create(@Body({ schema: newRoute }) body: Record<string, unknown>): Promise<Envelope<object>> {
    const route = entryOf(declareRoute(body));
    return this.changes.change(async (client, revision) => {
      const own = ownOf(await readRoutes(client));
      return this.write(client, [...own, route], own.length, revision);
    });
  }

  /** A changed route gets a new number and keeps its place: what was routed names the old one. */
  @Patch(':id')
  @NeedsRole('admin')
  @Describes({ summary: 'Change a route that was made over the API; it gets a new id', answer: shownRoute })
  async update(
    @Param('id') id: string,
    @Body({ schema: changedRoute }) body: Record<string, unknown>,
  ): Promise<Envelope<object>> {
    return this.changes.change(async (client, revision) => {
      const routes = await readRoutes(client);
      const before = find(routes, id);
      await requireOwn(client, 'route', before.declaredBy);
      const route = entryOf(declareRoute(merged(written(before), body)));
      const own = ownOf(routes);
      const index = own.indexOf(before);
      noteForAudit({ before: written(before) });
      return this.write(client, own.with(index, { ...before, ...route }), index, revision, route);
    });
  }

  @Delete(':id')
  @NeedsRole('admin')
  @Describes({ summary: 'Remove a route that was made over the API', answer: gone })
  async remove(@Param('id') id: string): Promise<Envelope<z.output<typeof gone>>> {
    return this.changes.change(async (client, revision) => {
      const routes = await readRoutes(client);
      const route = find(routes, id);
      await requireOwn(client, 'route', route.declaredBy);
      await writeApiRoutes(
        client,
        ownOf(routes).filter((one) => one !== route),
        revision,
      );
      noteForAudit({ target: String(route.id), before: written(route) });
      return ok({ id: route.id, removed: true as const });
    });
  }

  private async write(
    client: PoolClient,
    routes: readonly DeclaredRoute[],
    index: number,
    revision: bigint,
    changed: DeclaredRoute = routes[index] as DeclaredRoute,
  ): Promise<Envelope<object>> {
    if (routes.length > MOST_ROUTES) {
      throw new HttpError(
        'INVALID_REQUEST',
        400,
        `The API keeps at most ${MOST_ROUTES} routes; write them into hookyard.yaml.`,
      );
    }
    await this.requireNamed(client, changed);
    const ids = await writeApiRoutes(client, routes.with(index, changed), revision);
    await requireSignable(client, this.box, this.catalogue.descriptions, { route: ids[index] as number });
    noteForAudit({ target: String(ids[index]), after: written(changed) });
    return ok(show(find(await readRoutes(client), String(ids[index]))));
  }

  private async requireNamed(client: PoolClient, { source, sourceType, to }: DeclaredRoute): Promise<void> {
    const { rows } = await client.query<{ has_source: boolean; has_destination: boolean }>(
      `SELECT $1::text IS NULL OR EXISTS (SELECT 1 FROM hookyard.source WHERE slug = $1 AND deleted_at IS NULL AND type <> $3) AS has_source,
         EXISTS (SELECT 1 FROM hookyard.destination WHERE name = $2 AND deleted_at IS NULL) AS has_destination`,
      // The monitor's events are nobody's else.
      [source ?? null, to, MONITOR_NAME],
    );
    const knowsType = sourceType === undefined || this.catalogue.descriptions.some(({ type }) => type === sourceType);
    const problems = [
      ...(rows[0]?.has_source ? [] : ['source: no source has this slug']),
      ...(knowsType ? [] : ['sourceType: no source type has this name']),
      ...(rows[0]?.has_destination ? [] : ['to: no destination has this name']),
    ];
    if (problems.length > 0) throw new HttpError('INVALID_REQUEST', 400, problems.join('; '));
  }
}

function ownOf(routes: readonly StoredRoute[]): StoredRoute[] {
  return routes.filter(({ declaredBy }) => declaredBy === 'api');
}

/** @throws HttpError 404 */
function find(routes: readonly StoredRoute[], id: string): StoredRoute {
  const route = routes.find((one) => String(one.id) === id);
  if (!route) throw new HttpError('ROUTE_NOT_FOUND', 404, 'There is no such route.');
  return route;
}

/** As an entry of the file. */
function written({ source, sourceType, types, filter, to, ordered, latestOnly }: DeclaredRoute): object {
  return { source, sourceType, types, filter, to, ordered, latestOnly };
}

function show(route: StoredRoute): object {
  const { id, source = null, sourceType = null, types, filter = null, to, ordered = null, latestOnly = false } = route;
  return {
    id,
    source,
    sourceType,
    types,
    filter,
    to,
    ordered,
    latestOnly,
    declaredBy: route.declaredBy,
    createdAt: route.createdAt,
  };
}
