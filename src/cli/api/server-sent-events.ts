/** One server-sent event; https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface ServerSentEvent {
  /** `message` when it has no name. */
  readonly name: string;
  /** `undefined`: only `id` or a comment came. */
  readonly data: string | undefined;
  /** The id of the last one that had any. */
  readonly id: string | undefined;
}

/** Reads server-sent events out of a body, also those that only move the id, and comments (as events without data). */
export async function* readServerSentEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let id: string | undefined;
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      let name = 'message';
      const data: string[] = [];
      for (const line of block.split('\n')) {
        const [, field, value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
        if (field === 'id') id = value;
        else if (field === 'event') name = value;
        else if (field === 'data') data.push(value);
      }
      yield { name, data: data.length > 0 ? data.join('\n') : undefined, id };
    }
  }
}
