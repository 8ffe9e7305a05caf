import { describe, expect, it } from '@jest/globals';
import { describeConfig } from './describe-config.js';
import { tryConfig } from './try-config.js';

describe('the configuration in the log', () => {
  it('says what is set without saying the secrets', () => {
    const key = Buffer.from('CANARY'.repeat(6).slice(0, 32)).toString('base64');
    const config = tryConfig({
      env: {
        DATABASE_URL: 'postgres://CANARY:CANARY@db:5432/hookyard?password=CANARY',
        REDIS_URL: 'redis://:CANARY@cache:6379/0',
        HOOKYARD_API_KEY: 'CANARY-CANARY-CANARY',
        HOOKYARD_ENCRYPTION_KEY: key,
        TELEGRAM_ALERT_BOT_TOKEN: `123456789:${'CANARY'.repeat(6)}`,
        TELEGRAM_ALERT_CHAT_ID: '1',
        STRIPE_WEBHOOK_SECRET: 'CANARY1,CANARY2',
      },
      yaml: `version: 1
destinations:
  - { name: chat, url: "https://chat.example/CANARY?token=CANARY", payload: raw, resignWith: CANARY, headers: { x: CANARY } }
routes: [{ source: stripe, to: chat }]`,
    });
    const described = describeConfig(config);
    expect(described).toMatchObject({
      http: { port: 3000 },
      roles: ['intake', 'api', 'worker'],
      database: { kind: 'url', url: 'postgres://db:5432/hookyard', poolMax: 30 },
      queue: 'redis://cache:6379/0',
      apiKey: 'set',
      encryptionKeys: 1,
      alerts: { telegram: 'set' },
      sources: [{ slug: 'stripe', type: 'stripe', secrets: 2 }],
      destinations: [
        {
          name: 'chat',
          origin: 'https://chat.example',
          payload: 'raw',
          signingSecrets: 0,
          resignWith: 'set',
          headers: 1,
        },
      ],
      routes: 1,
    });
    expect(JSON.stringify(described)).not.toMatch(/CANARY/);
    expect(JSON.stringify(described)).not.toContain(key);
  });

  it('says what is left out', () => {
    expect(describeConfig(tryConfig({}))).toMatchObject({
      http: { publicUrl: 'unset' },
      database: { kind: 'embedded' },
      queue: 'postgres',
      apiKey: 'unset',
      encryptionKeys: 0,
      alerts: { telegram: 'unset' },
      file: 'none',
    });
  });
});
