/** The router of the demo, a process of its own: an application with one handler. `node demo-router.js <folder>` */
import { join } from 'node:path';
import { runStandalone } from '../src/hookyard.js';
import { CreatePayment1795000000000, PaymentsModule } from './payments.module.js';

const [folder = '.'] = process.argv.slice(2);

// Whoever started us is gone, however it went: end in order, and leave no server behind.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

const hookyard = await runStandalone({
  imports: [PaymentsModule],
  migrations: [CreatePayment1795000000000],
  cwd: folder,
  // Nothing of the user's own environment: a DATABASE_URL that is set there is not for a demo.
  env: { HOST: '127.0.0.1', PORT: '0', HOOKYARD_DATA_DIR: join(folder, 'data'), LOG_FORMAT: 'json' },
});
process.send?.({ url: hookyard?.url });
