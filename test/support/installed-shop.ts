import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `examples/shop` in a folder of its own, with the packed package installed: as far from this checkout as a user is. */
export class InstalledShop {
  private constructor(
    readonly folder: string,
    private readonly around: string,
    /** What is in the tarball. */
    readonly packed: readonly string[],
  ) {}

  /** Packs what is built, copies the example, and installs one into the other. */
  static async install(): Promise<InstalledShop> {
    const around = await mkdtemp(join(tmpdir(), 'hookyard-package-'));
    const folder = join(around, 'shop');
    const pack = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', around], ROOT);
    const [tarball] = JSON.parse(pack) as [{ filename: string; files: { path: string }[] }];
    await cp(join(ROOT, 'examples', 'shop'), folder, {
      recursive: true,
      filter: (file) => !['node_modules', 'dist', '.hookyard', 'package-lock.json'].includes(basename(file)),
    });
    const manifest = join(folder, 'package.json');
    const { dependencies, ...rest } = JSON.parse(await readFile(manifest, 'utf8')) as { dependencies: object };
    const own = { ...dependencies, hookyard: `file:${join(around, tarball.filename)}` };
    await writeFile(manifest, JSON.stringify({ ...rest, dependencies: own }));
    // The embedded PostgreSQL is optional and large; this has a database.
    await npm(
      ['install', '--prefer-offline', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'],
      folder,
    );
    return new InstalledShop(
      folder,
      around,
      tarball.files.map(({ path }) => path),
    );
  }

  /** Runs a program of the installed packages, or a script, with Node. */
  node(...args: string[]): Promise<Ended> {
    return ended(this.spawn(args));
  }

  /** Compiles with the shop's own TypeScript. */
  tsc(...args: string[]): Promise<Ended> {
    return this.node('node_modules/typescript/bin/tsc', ...args);
  }

  /** Starts a Node process in the shop's folder, with no environment but this and a PATH that leads to the same Node. */
  spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const own = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, ...env };
    return spawn(process.execPath, args, { cwd: this.folder, env: own, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async remove(): Promise<void> {
    await rm(this.around, { recursive: true, force: true });
  }
}

/** Waits for the end of a process and gathers its output. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await ended(spawn('npm', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] }));
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
