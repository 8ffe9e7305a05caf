import { MONITOR_NAME } from '../config/monitor-schema.js';
import { defineSource } from '../sources/define-source.js';
import { standardWebhooks } from '../sources/schemes/standard-webhooks.js';

/** The source type of our own monitor. It is in no catalogue, so no file, route or handler can name it. */
export const monitorSource = defineSource({
  type: MONITOR_NAME,
  docs: 'https://www.standardwebhooks.com/',
  scheme: standardWebhooks(),
  externalId: ({ headers }) => headers['webhook-id'],
  eventType: () => 'monitor.run',
});
