import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { deliveryPolicy } from '../../config/delivery-policy.js';
import { MONITOR_NAME } from '../../config/monitor-schema.js';
import { StartupError } from '../../errors.js';
import { compileFilter } from '../../filters/compile-filter.js';
import { HandlerNames } from '../../queue/handler-names.js';
import type { DeclaredHandler } from '../../routing/apply-configuration.js';
import {
  WEBHOOK_HANDLER,
  type WebhookContext,
  type WebhookEvent,
  type WebhookHandlerOptions,
} from './webhook-handler.js';

type Handle = (event: WebhookEvent, context: WebhookContext) => unknown;

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Finds the application's `@WebhookHandler` methods. */
@Injectable()
export class HandlerRegistry {
  private readonly handlers = new Map<string, Handle>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly names: HandlerNames,
  ) {}

  /**
   * Collects and checks every handler; run once, before the configuration is applied.
   * `taken`: names of HTTP destinations. `sourceTypes`, `slugs`: what a handler may name; `slugs` is
   * `undefined` in a process that was not given the sources.
   * @throws StartupError with every problem at once.
   */
  collect(known: {
    taken: ReadonlySet<string>;
    sourceTypes: ReadonlySet<string>;
    slugs: ReadonlySet<string> | undefined;
  }): DeclaredHandler[] {
    const problems: string[] = [];
    const declared: DeclaredHandler[] = [];
    for (const { where, options, handle, isStatic } of this.find()) {
      const say = (problem: string): void => void problems.push(`@WebhookHandler on ${where}: ${problem}`);
      const { name, source, sourceType, types = ['*'], filter, ordered, latestOnly, ...policy } = options;
      if (!NAME.test(name ?? '')) say('name is required: lower-case letters, digits, ".", "_" and "-", at most 63');
      else if (known.taken.has(name)) say(`the name ${name} is taken by a destination in the configuration`);
      else if (this.handlers.has(name)) say(`the name ${name} is taken by another handler`);
      if ((source === undefined) === (sourceType === undefined)) say('give exactly one of source and sourceType');
      if (source === MONITOR_NAME && name !== MONITOR_NAME) say(`source: ${MONITOR_NAME} has a handler of its own`);
      if (sourceType !== undefined && !known.sourceTypes.has(sourceType)) {
        say(`unknown sourceType ${sourceType}; known: ${[...known.sourceTypes].join(', ')}`);
      }
      if (source !== undefined && known.slugs?.has(source) === false) {
        say(`unknown source ${source}; configured: ${[...known.slugs].join(', ') || 'none'}`);
      }
      if (ordered !== undefined && ordered !== 'subject') say('ordered: must be "subject"');
      if (latestOnly !== undefined && typeof latestOnly !== 'boolean') say('latestOnly: must be true or false');
      if (types.length === 0) say('types is empty: it would never be called');
      const compiled = filter === undefined ? [] : compileFilter(filter);
      if (!('conditions' in compiled)) compiled.forEach(({ path, message }) => say(`filter: ${path} ${message}`));
      if (!isStatic) say('its class is request-scoped; handlers run outside any request');
      try {
        declared.push({ name, source, sourceType, types, filter, ordered, latestOnly, policy: deliveryPolicy(policy) });
      } catch (error) {
        if (!(error instanceof StartupError)) throw error;
        error.problems.forEach(say);
      }
      this.handlers.set(name, handle);
      this.names.add(name);
    }
    if (problems.length > 0) throw new StartupError('INVALID_HANDLERS', problems);
    return declared;
  }

  /** The method behind a name, bound to its provider; `undefined` when this process has none. */
  get(name: string): Handle | undefined {
    return this.handlers.get(name);
  }

  private *find(): Generator<{ where: string; options: WebhookHandlerOptions; handle: Handle; isStatic: boolean }> {
    // A provider under a second token (`useExisting`) is the same object, not a second handler.
    const seen = new Set<object>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const { instance, metatype } = wrapper as { instance: object | undefined; metatype: { name: string } | null };
      const prototype = instance ? (Object.getPrototypeOf(instance) as Record<string, Handle> | null) : null;
      if (!instance || !prototype || seen.has(instance)) continue;
      seen.add(instance);
      for (const method of this.scanner.getAllMethodNames(prototype)) {
        const options = this.reflector.get<WebhookHandlerOptions | undefined>(
          WEBHOOK_HANDLER,
          prototype[method] as Handle,
        );
        if (!options) continue;
        const where = `${metatype?.name ?? 'provider'}.${method}`;
        yield {
          where,
          options,
          handle: (prototype[method] as Handle).bind(instance),
          isStatic: wrapper.isDependencyTreeStatic(),
        };
      }
    }
  }
}
