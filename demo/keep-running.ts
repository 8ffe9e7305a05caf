import { once } from 'node:events';
import type { Playground } from './playground.js';

/** `-- --keep`: says where everything is, and leaves it running until Ctrl-C. */
export async function keepRunning(playground: Playground, signal: AbortSignal): Promise<void> {
  const { router, receiver, workspace, senders } = playground;
  console.log(`
It keeps running; Ctrl-C ends it and removes everything.

   router             ${router.url}   (log level info, process ${router.pid})
   webhooks           ${router.url}/webhooks/stripe | shopify | telegram
   management API     ${router.url}/api/v1   (key: ${workspace.keyFile})
   destinations       ${receiver.url}   (answers 200; fails twice at /shaky)
   configuration      ${workspace.folder}/hookyard.yaml

Try:

   curl ${router.url}/health/ready

   curl -H "authorization: Bearer $(cat ${workspace.keyFile})" '${router.url}/api/v1/deliveries?limit=3'

   curl -H 'content-type: application/json' \\
        -H 'x-telegram-bot-api-secret-token: ${senders.secrets.telegram}' \\
        -d '{"update_id":2001,"message":{"message_id":8,"date":1795000000,"chat":{"id":42},"text":"hi"}}' \\
        ${router.url}/webhooks/telegram
`);
  if (!signal.aborted) await once(signal, 'abort');
}
