import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ended, type Ended } from './installed-shop.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What is no part of a checkout, or would cost seconds to copy. */
const LEFT_OUT = ['node_modules', '.git', '.hookyard', 'coverage'];

/** This checkout in a folder of its own, to be changed and built at will; only the packages are borrowed. */
export class CheckoutCopy {
  private constructor(readonly folder: string) {}

  static async make(): Promise<CheckoutCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'hookyard-checkout-'));
    const isLeftOut = (file: string) => LEFT_OUT.includes(relative(ROOT, file).split(sep)[0] ?? '');
    await cp(ROOT, folder, { recursive: true, filter: (file) => !isLeftOut(file) });
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return new CheckoutCopy(folder);
  }

  /** Runs a shell command there as a developer would: `npm`, `npx` and the packages' programs are on the PATH. */
  sh(command: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const { PATH = '', HOME = '' } = process.env;
    const path = `${join(this.folder, 'node_modules/.bin')}:${dirname(process.execPath)}:${PATH}`;
    return ended(
      spawn('sh', ['-ec', command], {
        cwd: this.folder,
        env: { PATH: path, HOME, CI: '1', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
