import { Agent } from 'undici';
import { z } from 'zod';
import type { Notice } from '../notice.js';
import { noticeText } from '../notice-text.js';
import type { Notifier, Sent } from './notifier.js';
import { postJson } from './post-json.js';

/** https://core.telegram.org/bots/api#sendmessage */
const LONGEST_TEXT = 4096;
const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 3_600_000;
const WAIT_WITHOUT_WORD_MS = 30_000;

/** https://core.telegram.org/bots/api#responseparameters; whatever else an answer holds is not looked at. */
const answerSchema = z.object({
  ok: z.boolean(),
  parameters: z.object({ retry_after: z.number().optional() }).optional(),
});

/** Where a bot writes to; `apiRoot`: of the Bot API's server. */
export interface TelegramSettings {
  readonly botToken: string;
  readonly chatId: string;
  readonly apiRoot: string;
}

/** Notices as messages of a Telegram bot: plain text, so that no name can become markup. */
export class TelegramNotifier implements Notifier {
  readonly name = 'telegram';
  readonly isSilent = false;
  private readonly agent = new Agent({ allowH2: false, connections: 1, connect: { timeout: 5_000 } });

  constructor(private readonly settings: TelegramSettings) {}

  async send({ content }: Notice, signal: AbortSignal): Promise<Sent> {
    const { apiRoot, botToken, chatId } = this.settings;
    const body = {
      chat_id: chatId,
      text: noticeText(content, LONGEST_TEXT),
      link_preview_options: { is_disabled: true },
    };
    const posted = await postJson(
      `${apiRoot}/bot${botToken}/sendMessage`,
      JSON.stringify(body),
      {},
      this.agent,
      signal,
    );
    if ('errorClass' in posted) return { kind: 'again', error: posted.errorClass };
    const answer = readAnswer(posted.text);
    const error = `HTTP ${posted.statusCode}`;
    if (posted.statusCode === 200)
      return answer?.ok ? { kind: 'sent' } : { kind: 'again', error: 'no answer of a Bot API' };
    if (posted.statusCode === 429) return { kind: 'wait', ms: waitMs(answer?.parameters?.retry_after), error };
    return { kind: posted.statusCode === 400 ? 'refused' : 'again', error };
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

function readAnswer(text: string): z.output<typeof answerSchema> | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function waitMs(seconds: number | undefined): number {
  if (seconds === undefined) return WAIT_WITHOUT_WORD_MS;
  return Math.min(Math.max(seconds * 1_000, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
}
