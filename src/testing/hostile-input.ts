/** What nobody sends by accident, and an unauthenticated stranger may send at any time. */

const DEEP = 100_000;

/** Values for a signature header: none may pass, and none may make the check throw. */
export const hostileHeaders: readonly string[] = [
  '',
  ' ',
  '=',
  ',',
  ', ,',
  '.',
  'v1=',
  'v1,',
  't=',
  't=,v1=',
  't=1700000000',
  't=1700000000,v1=',
  't=1700000000abc,v1=00',
  't=-1,v1=00',
  't=1e9,v1=00',
  // Node decodes header bytes as Latin-1: 64 characters here, 128 bytes in UTF-8.
  'é'.repeat(64),
  `t=1700000000,v1=${'é'.repeat(64)}`,
  `sha256=${'é'.repeat(64)}`,
  `v1,${'é'.repeat(44)}`,
  '0'.repeat(64),
  `t=1700000000,v1=${'0'.repeat(64)}`,
  `sha256=${'0'.repeat(64)}`,
  `v1,${'A'.repeat(43)}=`,
  '0'.repeat(63),
  '\ud800',
  '\0',
  '💥',
  '__proto__',
  'null',
  '[object Object]',
  ','.repeat(4000),
  ' '.repeat(4000),
  `t=1,${'v1=00,'.repeat(600)}`,
  'v1,AA '.repeat(500),
  'x'.repeat(1_000_000),
];

/** Bodies for a genuine request: each is an event of some kind, and none may make a description throw. */
export const hostileBodies: readonly Buffer[] = [
  '',
  ' ',
  'null',
  'true',
  '0',
  '-1e999',
  '"text"',
  '[]',
  '{}',
  '[null]',
  '{"id":null,"type":null,"data":null}',
  '{"id":{},"type":[],"created":"yesterday","data":{"object":[]}}',
  '{"id":1e400,"type":7,"created":1e300,"data":{"object":{"id":{}}}}',
  '{"id":123456789012345678901234567890,"update_id":-0.5,"created":-8640000000001}',
  '{"id":"a\\u0000b","type":"a\\u0000b","account":"\\u0000","livemode":"yes"}',
  '{"id":"\\ud800","type":"\\udfff","message":{"chat":{"id":"\\ud800"},"date":"\\u0000"}}',
  '{"__proto__":{"id":"x","type":"y"},"constructor":{"prototype":1},"toString":null,"hasOwnProperty":1}',
  `{"id":"${'i'.repeat(5000)}","type":"${'t'.repeat(5000)}"}`,
  '{"id":',
  '{"id":"x"}trailing',
  '\ufeff{"id":"x","type":"y"}',
  '['.repeat(DEEP),
  `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
  `${'{"data":'.repeat(500)}1${'}'.repeat(500)}`,
  '__proto__=1&__proto__=2&constructor=3',
]
  .map((text) => Buffer.from(text))
  .concat([Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), Buffer.from('{"id":"\xff"}', 'latin1'), Buffer.alloc(1024)]);

/** Forgeries of a body that a signature over the decoded text, or over a part of it, would let pass. */
export function alteredBodies(body: Buffer): Buffer[] {
  const flipped = Buffer.from(body);
  if (flipped.length > 0) flipped.writeUInt8(flipped.readUInt8(flipped.length >> 1) ^ 1, flipped.length >> 1);
  const altered = [
    flipped,
    Buffer.concat([body, Buffer.from('\n')]),
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
    Buffer.concat([body, Buffer.from([0xff])]),
    body.subarray(0, -1),
    Buffer.alloc(0),
  ];
  return altered.filter((candidate) => !candidate.equals(body));
}
