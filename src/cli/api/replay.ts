import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure, EXIT } from '../command-failure.js';
import { printJson } from '../terminal.js';
import type { ApiClient, ApiObject } from './api-client.js';
import { confirm } from '../confirm.js';
import { connect } from './connect.js';
import { momentOf, part } from './requests.js';
import { text } from './views.js';

/** The flags of `hookyard replay`. */
export interface ReplayFlags {
  readonly filter?: readonly string[];
  readonly to?: readonly string[];
  readonly retry?: boolean;
  readonly renormalise?: boolean;
  readonly pace?: number;
  readonly dryRun?: boolean;
  /** False with --no-wait. */
  readonly wait: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const LOOK_EVERY_MS = 500;
const FILTERS = ['source', 'sourceType', 'type', 'destination', 'status', 'errorClass', 'deadReason', 'from', 'to'];

/**
 * Replays one event, or many by filter: says first how many, asks, then shows how far it is until it is done. Breaking it off does not stop it.
 * @throws CommandFailure when there is nothing to go by, or the replay was cancelled.
 */
export async function replay(event: string | undefined, flags: ReplayFlags): Promise<void> {
  if (event !== undefined && (flags.filter || flags.retry))
    throw new CommandFailure(EXIT.usage, 'Name an event, or filter: not both.');
  if (event === undefined && flags.filter === undefined)
    throw new CommandFailure(EXIT.usage, 'Which events? hookyard replay <event>, or --filter name=value.');
  const api = connect();
  const { renormalise, json } = flags;
  const common = { ...(renormalise ? { renormalise } : {}), ...(flags.to ? { destinations: flags.to } : {}) };
  if (event !== undefined) {
    const dryRun = flags.dryRun ?? false;
    const { data } = await api.send('POST', `/events/${part(event)}/replay`, { ...common, dryRun });
    if (json) return printJson(data);
    const to = (data['destinations'] as string[]).join(', ');
    const made = (data['deliveries'] as ApiObject[]).map(({ id }) => String(id));
    return console.log(dryRun ? `It would go to ${to}.` : `It goes to ${to}: ${made.join(', ')}`);
  }
  const pace = flags.pace === undefined ? {} : { pace: flags.pace };
  const body = { mode: flags.retry ? 'retry' : 'replay', filter: filterOf(flags.filter ?? []), ...common, ...pace };
  const { data: preview } = await api.send('POST', '/replays', { ...body, dryRun: true });
  if (flags.dryRun) return sayPreview(preview, json);
  const count = `${preview['totalIsExact'] === true ? '' : 'more than '}${String(preview['total'])}`;
  await confirm(`${flags.retry ? 'Retry' : 'Replay'} ${count}?`, flags.yes);
  const { data: begun } = await api.send('POST', '/replays', body);
  const ended = flags.wait ? await follow(api, begun) : begun;
  if (json) printJson(ended);
  else console.log(summary(ended));
  if (ended['status'] === 'cancelled') throw new CommandFailure(EXIT.failed, 'It was cancelled.');
}

function sayPreview(preview: ApiObject, json: boolean | undefined): void {
  if (json) return printJson(preview);
  console.log(
    `${preview['totalIsExact'] === true ? '' : 'More than '}${String(preview['total'])} would be taken; the first:`,
  );
  for (const id of preview['sample'] as string[]) console.log(`  ${id}`);
}

function filterOf(filters: readonly string[]): Record<string, unknown> {
  const filter: Record<string, unknown> = {};
  for (const given of filters) {
    const [, name, value] = /^(\w+)=(.+)$/s.exec(given) ?? [];
    if (name === undefined || value === undefined || !FILTERS.includes(name))
      throw new CommandFailure(EXIT.usage, `--filter ${given}: write name=value, with one of ${FILTERS.join(', ')}.`);
    filter[name] = name === 'from' || name === 'to' ? momentOf(value) : value;
  }
  return filter;
}

/** A router that restarts is waited for so long; the replay goes on without us. */
const PATIENCE_MS = 120_000;

/** Waits for the end, with a line that moves where stderr is a terminal. */
async function follow(api: ApiClient, begun: ApiObject): Promise<ApiObject> {
  const id = String(begun['id']);
  const isSeen = process.stderr.isTTY;
  if (isSeen) console.error(`${id} goes on without you; "hookyard replays cancel ${id}" ends it.`);
  let now = begun;
  let seenAt = performance.now();
  while (now['status'] === 'running' || now['status'] === 'paused') {
    await sleep(LOOK_EVERY_MS);
    try {
      now = (await api.get(`/replays/${part(id)}`)).data;
      seenAt = performance.now();
    } catch (error) {
      const isPassing = error instanceof CommandFailure && error.exitCode === EXIT.failed;
      if (!isPassing || performance.now() - seenAt > PATIENCE_MS) throw error;
    }
    if (isSeen) process.stderr.write(`\r\u001b[2K${bar(now)}`);
  }
  if (isSeen) process.stderr.write('\r\u001b[2K');
  return now;
}

function bar({ processed, total, status }: ApiObject): string {
  const share = Number(total) > 0 ? Math.min(1, Number(processed) / Number(total)) : 0;
  const done = Math.round(share * 30);
  return `[${'#'.repeat(done)}${'.'.repeat(30 - done)}] ${text(processed)}/${text(total)} ${text(status)}`;
}

function summary({ id, status, processed, deliveries, skipped }: ApiObject): string {
  return `${String(id)} is ${String(status)}: ${String(processed)} taken, ${String(deliveries)} deliveries, ${String(skipped)} skipped.`;
}
