import { Receiver, type Received } from './receiver.js';

/** A message that somebody sent through the Bot API. */
export interface TelegramMessage {
  readonly chat_id: string;
  readonly text: string;
}

const BOT_TOKEN = `123456789:${'A'.repeat(35)}`;

/** A Bot API server that takes messages: https://core.telegram.org/bots/api#sendmessage */
export class FakeTelegram {
  /** Every request, also those that were not answered with `ok`. */
  asked = 0;
  /** Those that were. */
  readonly messages: TelegramMessage[] = [];
  /** Answered instead of `ok`, as often as there are any. */
  readonly instead: ((received: Received, response: import('node:http').ServerResponse) => void)[] = [];

  private constructor(private readonly receiver: Receiver) {}

  static async start(): Promise<FakeTelegram> {
    const receiver = await Receiver.start();
    const telegram = new FakeTelegram(receiver);
    receiver.answer = (received, response) => {
      telegram.asked += 1;
      const instead = telegram.instead.shift();
      if (instead) return instead(received, response);
      if (received.path !== `/bot${BOT_TOKEN}/sendMessage`) {
        return void response.writeHead(404).end('{"ok":false,"error_code":404,"description":"Not Found"}');
      }
      telegram.messages.push(JSON.parse(received.body.toString()) as TelegramMessage);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true,"result":{"message_id":1}}');
    };
    return telegram;
  }

  /** What a router needs to write to it. */
  get env(): Record<string, string> {
    return {
      TELEGRAM_ALERT_BOT_TOKEN: BOT_TOKEN,
      TELEGRAM_ALERT_CHAT_ID: '42',
      TELEGRAM_ALERT_API_ROOT: `http://127.0.0.1:${this.receiver.port}`,
    };
  }

  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }
}
