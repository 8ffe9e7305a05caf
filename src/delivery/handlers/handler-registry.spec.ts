import { describe, expect, it } from '@jest/globals';
import { MetadataScanner, Reflector, type DiscoveryService } from '@nestjs/core';
import { deliveryPolicy } from '../../config/delivery-policy.js';
import { StartupError } from '../../errors.js';
import { HandlerNames } from '../../queue/handler-names.js';
import { HandlerRegistry } from './handler-registry.js';
import { WebhookHandler, type WebhookContext, type WebhookEvent } from './webhook-handler.js';

const KNOWN = {
  taken: new Set(['billing']),
  sourceTypes: new Set(['stripe', 'shopify']),
  slugs: new Set(['stripe-eu']),
};

class Orders {
  readonly seen: string[] = [];

  @WebhookHandler({
    name: 'orders',
    sourceType: 'shopify',
    types: ['orders/*'],
    timeout: '2s',
    limits: { concurrency: 2 },
  })
  take(event: WebhookEvent): void {
    this.seen.push(event.id);
  }

  notAHandler(): void {
    throw new Error('never called');
  }
}

class Refunds extends Orders {
  @WebhookHandler({ name: 'refunds', source: 'stripe-eu' })
  refund(): void {}

  get fails(): never {
    throw new Error('a getter is not read');
  }
}

interface Provided {
  readonly instance: unknown;
  readonly metatype: { readonly name: string } | null;
  isDependencyTreeStatic(): boolean;
}
const provided = (instance: unknown, isStatic = true): Provided => ({
  instance,
  metatype: instance === null || instance === undefined ? null : { name: instance.constructor?.name ?? 'x' },
  isDependencyTreeStatic: () => isStatic,
});

function collect(providers: readonly Provided[], controllers: readonly Provided[] = []) {
  const discovery = { getProviders: () => providers, getControllers: () => controllers } as unknown as DiscoveryService;
  const names = new HandlerNames();
  const registry = new HandlerRegistry(discovery, new MetadataScanner(), new Reflector(), names);
  return { registry, names, declared: registry.collect(KNOWN) };
}

function problems(...instances: unknown[]): readonly string[] {
  try {
    collect(instances.map((instance) => provided(instance)));
    return [];
  } catch (error) {
    if (error instanceof StartupError && error.code === 'INVALID_HANDLERS') return error.problems;
    throw error;
  }
}

/** An object of a class with one handler. */
function withHandler(options: object): object {
  class Module {
    @WebhookHandler(options as never)
    handle(): void {}
  }
  return new Module();
}

describe('HandlerRegistry', () => {
  it('finds marked methods of providers and controllers, with their policy', () => {
    const { declared, names } = collect(
      [provided(new Orders())],
      [provided(withHandler({ name: 'second', source: 'stripe-eu' }))],
    );
    expect(declared).toEqual([
      {
        name: 'orders',
        source: undefined,
        sourceType: 'shopify',
        types: ['orders/*'],
        policy: deliveryPolicy({ timeout: '2s', limits: { concurrency: 2 } }),
      },
      { name: 'second', source: 'stripe-eu', sourceType: undefined, types: ['*'], policy: deliveryPolicy() },
    ]);
    expect(names.has('orders')).toBe(true);
    expect(names.has('other')).toBe(false);
  });

  it('calls them as methods of their own object', () => {
    const orders = new Orders();
    const { registry } = collect([provided(orders)]);
    registry.get('orders')?.({ id: 'evt_1' } as WebhookEvent, {} as WebhookContext);
    expect(orders.seen).toEqual(['evt_1']);
    expect(registry.get('other')).toBeUndefined();
  });

  it('keeps the monitor’s webhooks from handlers of the application', () => {
    expect(problems(withHandler({ name: 'curious', source: 'hookyard-monitor' }))).toEqual(
      expect.arrayContaining([expect.stringContaining('source: hookyard-monitor has a handler of its own')]),
    );
  });

  it('finds inherited ones, and reads no getter', () => {
    expect(
      collect([provided(new Refunds())])
        .declared.map(({ name }) => name)
        .toSorted(),
    ).toEqual(['orders', 'refunds']);
  });

  it('takes a provider under two tokens for one', () => {
    const orders = new Orders();
    expect(collect([provided(orders), provided(orders)]).declared).toHaveLength(1);
  });

  it('passes over whatever else is provided', () => {
    const others = [
      undefined,
      null,
      'text',
      7,
      true,
      () => 1,
      Object.create(null),
      new Map(),
      new Proxy({}, {}),
      Buffer.from('x'),
    ];
    expect(collect(others.map((other) => ({ ...provided(undefined), instance: other }))).declared).toEqual([]);
  });

  it.each([
    ['no name', { source: 'stripe-eu' }, /name is required/],
    ['an empty name', { name: '', source: 'stripe-eu' }, /name is required/],
    ['capitals in the name', { name: 'Orders', source: 'stripe-eu' }, /name is required/],
    ['a name of 64 letters', { name: 'a'.repeat(64), source: 'stripe-eu' }, /name is required/],
    ['the name of a destination', { name: 'billing', source: 'stripe-eu' }, /billing is taken by a destination/],
    ['no source', { name: 'a' }, /exactly one of source and sourceType/],
    [
      'two kinds of source',
      { name: 'a', source: 'stripe-eu', sourceType: 'stripe' },
      /exactly one of source and sourceType/,
    ],
    ['an unknown type', { name: 'a', sourceType: 'strpe' }, /unknown sourceType strpe; known: stripe, shopify/],
    ['an unknown source', { name: 'a', source: 'stripe' }, /unknown source stripe; configured: stripe-eu/],
    ['no types', { name: 'a', source: 'stripe-eu', types: [] }, /types is empty/],
    ['another order', { name: 'a', source: 'stripe-eu', ordered: 'tenant' }, /ordered: must be "subject"/],
    ['a vague latestOnly', { name: 'a', source: 'stripe-eu', latestOnly: 'yes' }, /latestOnly: must be true or false/],
    ['a wrong policy', { name: 'a', source: 'stripe-eu', timeout: 'soon' }, /timeout: /],
    ['an unknown setting', { name: 'a', source: 'stripe-eu', retries: 3 }, /retries/],
  ])('refuses %s, saying where', (_case, options, message) => {
    const said = problems(withHandler(options));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^@WebhookHandler on Module\.handle: /);
    expect(said[0]).toMatch(message);
  });

  it('refuses two handlers of one name', () => {
    expect(problems(new Orders(), new Orders())).toEqual([expect.stringMatching(/orders is taken by another handler/)]);
  });

  it('refuses a request-scoped class', () => {
    expect(() => collect([provided(new Orders(), false)])).toThrow(/request-scoped/);
  });

  it('says everything that is wrong at once', () => {
    expect(problems(withHandler({ timeout: 'soon', types: [] }), withHandler({ name: 'a', source: 'x' }))).toHaveLength(
      5,
    );
  });
});
