/** What the walk over all commands needs to know of each. A command that is not here fails the walk. */

/** Things that are there, for commands to be about. */
export interface Things {
  readonly event: string;
  /** A dead delivery. */
  readonly delivery: string;
  readonly rejection: string;
  readonly issue: string;
  readonly replay: string;
  readonly route: string;
  readonly key: string;
  /** What `verify` takes: a body's file, and its headers as options. */
  readonly request: readonly string[];
}

/** One command. */
export interface CommandWalk {
  /** What it is given to succeed, beside its name and `--json`; `undefined`: it does not end by itself, and has a spec of its own. */
  readonly works?: (things: Things) => readonly string[];
  /** What it is given when its first argument names nothing: exit code 3. */
  readonly unknown?: readonly string[];
  /** A viewer's key may not: exit code 4, whether what it is about is there or not. */
  readonly denied?: true;
  /** Neither terminal nor `--yes`: exit code 2, and nothing is done. */
  readonly asks?: true;
}

const URL = 'http://127.0.0.1:9/hook';
const nothing = (): readonly string[] => [];
const asViewer = (works: CommandWalk['works'], unknown?: readonly string[]): CommandWalk => ({
  ...(works ? { works } : {}),
  ...(unknown ? { unknown } : {}),
});
const change = (works: CommandWalk['works'], unknown?: readonly string[]): CommandWalk => ({
  ...asViewer(works, unknown),
  denied: true,
});
const destructive = (works: (things: Things) => readonly string[], unknown?: readonly string[]): CommandWalk => ({
  ...change(works, unknown),
  asks: true,
});
const replayAction = (id: string): CommandWalk => change(({ replay }) => [replay], [id]);
const issueAction = change(({ issue }) => [issue], ['iss_0']);

/** In an order in which each finds what it needs. */
export const COMMAND_WALKS: Readonly<Record<string, CommandWalk>> = {
  start: {},
  'config check': { works: nothing },
  'config apply': { works: () => ['--dry-run'] },
  'config export': { works: nothing },
  migrate: { works: () => ['status'] },
  'keys list': change(nothing),
  'keys create': change(() => ['walk', '--role', 'viewer']),
  'keys revoke': destructive(({ key }) => [key], ['key_0']),
  'keys rotate-encryption': { works: () => ['--check'] },
  'new-source': { works: () => ['acme'] },
  trigger: { works: () => ['--list'], unknown: ['nobody'] },
  verify: {
    works: ({ request }) => ['--source', 'stripe', ...request],
    unknown: ['--source', 'nobody', '--body', 'body.json'],
  },
  'events list': { works: nothing },
  'events get': asViewer(({ event }) => [event], ['evt_0']),
  'events raw': asViewer(({ event }) => [event], ['evt_0']),
  'events curl': asViewer(({ event }) => [event, URL], ['evt_0', URL]),
  'deliveries list': { works: nothing },
  'deliveries get': asViewer(({ delivery }) => [delivery], ['dlv_0']),
  'deliveries raw': asViewer(({ delivery }) => [delivery], ['dlv_0']),
  'deliveries curl': asViewer(({ delivery }) => [delivery, URL], ['dlv_0', URL]),
  'rejections list': { works: nothing },
  'rejections get': asViewer(({ rejection }) => [rejection], ['rej_0']),
  'rejections raw': change(({ rejection }) => [rejection], ['rej_0']),
  'rejections curl': change(({ rejection }) => [rejection, URL], ['rej_0', URL]),
  'rejections reverify': change(undefined, ['rej_0']),
  'issues list': { works: nothing },
  'issues get': asViewer(({ issue }) => [issue], ['iss_0']),
  'issues dead-letters': asViewer(({ issue }) => [issue], ['iss_0']),
  'issues acknowledge': issueAction,
  'issues resolve': issueAction,
  'issues reopen': issueAction,
  'issues ignore': issueAction,
  'alerts list': { works: nothing },
  'alerts channels': { works: nothing },
  retry: change(({ delivery }) => [delivery], ['dlv_0']),
  cancel: change(({ delivery }) => [delivery], ['dlv_0']),
  release: change(undefined, ['dlv_0']),
  replay: { works: ({ event }) => [event, '--dry-run'], unknown: ['evt_0'], denied: true },
  'replays list': { works: nothing },
  'replays get': asViewer(({ replay }) => [replay], ['rpl_0']),
  'replays pause': replayAction('rpl_0'),
  'replays resume': replayAction('rpl_0'),
  'replays cancel': replayAction('rpl_0'),
  'sources list': { works: nothing },
  'sources get': asViewer(() => ['stripe'], ['nobody']),
  'sources create': change(() => ['made', '--type', 'stripe', '--secret', 'whsec_made_by_hand']),
  'sources update': change(() => ['made', '--tolerance', '60'], ['nobody', '--tolerance', '60']),
  'sources pause': change(() => ['made'], ['nobody']),
  'sources resume': change(() => ['made'], ['nobody']),
  'destinations list': { works: nothing },
  'destinations get': asViewer(() => ['inbox'], ['nowhere']),
  'destinations create': change(() => ['made', '--url', 'https://example.com/hook', '--rate', '50/s']),
  'destinations update': change(() => ['made', '--concurrency', '3'], ['nowhere', '--timeout', '3s']),
  'destinations pause': change(() => ['made'], ['nowhere']),
  'destinations resume': change(() => ['made'], ['nowhere']),
  'destinations test': change(() => ['inbox'], ['nowhere']),
  'routes list': { works: nothing },
  'routes create': change(() => ['--source', 'made', '--to', 'made']),
  'routes get': asViewer(({ route }) => [route], ['999999']),
  'routes update': change(undefined, ['999999', '--type', 'x']),
  'routes remove': destructive(({ route }) => [route], ['999999']),
  'destinations remove': destructive(() => ['made'], ['nowhere']),
  'sources remove': destructive(() => ['made'], ['nobody']),
  'breaker list': { works: nothing },
  'breaker open': change(() => ['inbox', '--for', '1h'], ['nowhere']),
  'breaker close': change(() => ['inbox'], ['nowhere']),
  'breaker reset': change(() => ['inbox'], ['nowhere']),
  audit: change(nothing),
  stats: { works: nothing },
  tail: {},
  listen: { unknown: [URL, '--source', 'nobody'] },
  doctor: { works: nothing },
};
