/** The public entry `hookyard`. */
export { WebhookHandler } from './delivery/handlers/webhook-handler.js';
export type { WebhookContext, WebhookEvent, WebhookHandlerOptions } from './delivery/handlers/webhook-handler.js';
export { StartupError } from './errors.js';
export { startHookyard } from './start-hookyard.js';
export type { Hookyard, HookyardOptions } from './start-hookyard.js';
export { runStandalone } from './start/run-standalone.js';
