/** The architecture, as rules that run (`npm run check`). Each says why it is there; docs/architecture.md tells the story. */

const SPEC = '\\.spec\\.ts$';
/** Folders under src/sources/ that are not a source. */
const SCHEMES = '^src/sources/schemes/';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      // A cycle between two injectables crashes Nest 12 at start: decorator metadata reads the other class before it exists.
      // Type-only imports are gone by then, so they may close a circle.
      comment:
        'Two files that need each other cannot be read, tested or started apart. Move what both need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'sources-are-pure',
      // A source describes, the engine acts. Pure descriptions can be tested with a byte string and trusted with raw requests.
      comment: 'src/sources/ imports only node:, Zod and itself: no Nest, no TypeORM, no BullMQ, nothing else of ours.',
      severity: 'error',
      from: { path: '^src/sources/', pathNot: SPEC },
      to: { pathNot: ['^src/sources/', '^node_modules/zod/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'sources-do-no-io',
      // The same request gets the same answer, today and when it is verified again next month.
      comment: 'A source sees headers, bytes and the time of receipt; it opens no file, socket, process or timer.',
      severity: 'error',
      from: { path: '^src/sources/', pathNot: SPEC },
      to: {
        dependencyTypes: ['core'],
        pathNot: '^(node:)?(assert|buffer|crypto|querystring|string_decoder|url|util)(/|$)',
      },
    },
    {
      name: 'sources-know-no-other-source',
      // Otherwise mending one sender breaks another, and a source cannot be deleted by deleting its folder.
      comment:
        'src/sources/<type>/ knows what source-kit.ts offers (schemes, define-source, field, json-pointer, reply), never another source.',
      severity: 'error',
      from: { path: '^src/sources/([^/]+)/', pathNot: [SCHEMES, SPEC] },
      to: {
        path: '^src/sources/',
        pathNot: ['^src/sources/$1/', SCHEMES, '^src/sources/(define-source|field|json-pointer|reply|source)\\.ts$'],
      },
    },
    {
      name: 'schemes-know-no-source',
      // A scheme serves every sender that signs that way; knowing one of them would make it that sender's.
      comment: 'src/sources/schemes/ knows only itself, the contract in source.ts, and how a body is read.',
      severity: 'error',
      from: { path: SCHEMES, pathNot: SPEC },
      to: { path: '^src/sources/', pathNot: [SCHEMES, '^src/sources/(source|field|json-ranges|parse-body)\\.ts$'] },
    },
    {
      name: 'only-the-catalog-names-sources',
      // Adding a sender is one file and one line. A second place that names senders is a second line to forget.
      comment: 'Only src/sources/catalog.ts imports from src/sources/<type>/; ask the catalogue instead.',
      severity: 'error',
      from: { pathNot: ['^src/sources/catalog\\.ts$', '^src/sources/[^/]+/', SPEC] },
      to: { path: '^src/sources/[^/]+/', pathNot: SCHEMES },
    },
    {
      name: 'filters-are-pure',
      // The same filter and the same event give the same answer, today and when somebody asks next month why.
      comment: 'src/filters/ imports only RE2 and itself: no clock, no configuration, no database.',
      severity: 'error',
      from: { path: '^src/filters/', pathNot: SPEC },
      to: { pathNot: ['^src/filters/', '^node_modules/re2js/'] },
    },
    {
      name: 'intake-and-delivery-never-meet',
      // They share events/ and queue/, so that each can be a process of its own and neither can slow or break the other.
      comment: 'src/intake/ must not import src/delivery/. The stored event and its delivery rows are the hand-over.',
      severity: 'error',
      from: { path: '^src/intake/' },
      to: { path: '^src/delivery/' },
    },
    {
      name: 'delivery-and-intake-never-meet',
      comment: 'src/delivery/ must not import src/intake/. The stored event and its delivery rows are the hand-over.',
      severity: 'error',
      from: { path: '^src/delivery/' },
      to: { path: '^src/intake/' },
    },
    {
      name: 'rejections-stand-beside-intake',
      // A sample is offered and forgotten: whatever becomes of it, no webhook waits for it, and none is refused by it.
      comment: 'src/rejections/ never imports delivery/, operations/ or the HTTP side of intake/.',
      severity: 'error',
      from: { path: '^src/rejections/' },
      to: { path: ['^src/(delivery|operations)/', '^src/intake/(?!prepare-events\\.ts$)'] },
    },
    {
      name: 'replay-makes-rows-only',
      // Whatever is replayed takes the way of every delivery: its row is claimed, sent and settled like any other.
      comment:
        'src/replay/ must not import src/intake/, src/delivery/ or src/operations/. It writes rows and wakes the relay.',
      severity: 'error',
      from: { path: '^src/replay/' },
      to: { path: '^src/(intake|delivery|operations)/' },
    },
    {
      name: 'the-flow-knows-no-replay',
      // A replay is an operator's doing, on top of the flow: without it webhooks come in and go out all the same.
      comment: 'Only src/operations/ and src/start/ know src/replay/.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(replay|operations|start)/' },
      to: { path: '^src/replay/' },
    },
    {
      name: 'nothing-imports-the-root',
      // main.ts starts a process when it is imported; app.module.ts knows every folder, so importing it is a cycle in waiting.
      comment: 'Only main.ts and start-hookyard.ts know app.module.ts, and nothing knows main.ts: use startHookyard().',
      severity: 'error',
      from: { pathNot: '^src/(main|start-hookyard)\\.ts$' },
      to: { path: '^src/(main|app\\.module)\\.ts$' },
    },
    {
      name: 'src-stands-alone',
      // src/ is what the package and the image hold; tests, benchmarks and scripts are not in them.
      comment: 'src/ never imports test/, bench/, demo/, scripts/ or examples/.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|demo|scripts|bin|examples)/' },
    },
    {
      name: 'src-needs-no-dev-dependency',
      // The image and the published package are installed without devDependencies: such an import fails there, and only there.
      comment:
        'Move the package to "dependencies", or the code out of src/. (src/testing/ runs inside the user’s own tests.)',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: [SPEC, '^src/testing/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    },
  ],
  required: [
    {
      name: 'folders-say-what-they-hold',
      // A requirement no file can meet: a file with such a name is the mistake, whether or not anything imports it.
      comment:
        'No common/, utils/, shared/ or helpers/: a helper lives beside its user, or in the folder that owns the idea.',
      severity: 'error',
      module: { path: '(^|/)(common|utils?|shared|helpers?|misc|lib)/', pathNot: 'node_modules' },
      to: { path: '^a-better-name$' },
    },
    {
      name: 'no-barrels',
      // Most import cycles run through an index.ts, and it hides where a thing lives.
      comment: 'No index.ts: import from the file that holds the thing.',
      severity: 'error',
      module: { path: '(^|/)index\\.[cm]?[jt]sx?$', pathNot: 'node_modules' },
      to: { path: '^the-file-that-holds-the-thing$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|\\.hookyard|examples/[^/]+/(node_modules|dist))/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Type imports count too (only for cycles they do not): knowing a type is knowing the folder.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
