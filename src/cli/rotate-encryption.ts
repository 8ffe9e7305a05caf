import { Pool } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionOptions } from '../database/pools.js';
import { countSealed, findSealedColumns, resealChunk, type SealedCount } from '../database/reseal.js';
import { SecretBox } from '../database/secret-box.js';
import { CommandFailure, EXIT } from './command-failure.js';
import { databaseUrl, encryptionKeys } from './command-database.js';
import { printJson, printTable } from './terminal.js';

/** Looks again this often at rows that somebody holds locked. */
const PASSES = 50;
const BETWEEN_PASSES_MS = 100;

/**
 * Seals everything in the database anew with the first key of HOOKYARD_ENCRYPTION_KEY, while routers run that hold both. It
 * can be broken off and run again; what is done is done. `check`: only counts.
 * @throws CommandFailure when something is left that is sealed with another key.
 */
export async function rotateEncryption({
  check = false,
  json = false,
}: {
  check?: boolean;
  json?: boolean;
}): Promise<void> {
  const url = await databaseUrl();
  const keys = encryptionKeys();
  if (keys.length < 2 && !check) {
    const hint = 'Make one with "openssl rand -base64 32", write "new,old", and restart every router with it first.';
    throw new CommandFailure(
      EXIT.usage,
      'HOOKYARD_ENCRYPTION_KEY holds one key only: there is none to change from',
      hint,
    );
  }
  const box = new SecretBox(keys);
  const pool = new Pool({ ...connectionOptions(url, 'rotate-encryption'), max: 1 });
  try {
    const columns = await findSealedColumns(pool);
    let resealed = 0;
    for (const column of check ? [] : columns) {
      for (let pass = 0; pass < PASSES;) {
        const chunk = await resealChunk(pool, box, column);
        resealed += chunk;
        if (process.stderr.isTTY)
          process.stderr.write(`\r\u001b[2K${column.table}.${column.column}: ${resealed} sealed anew`);
        if (chunk > 0) continue;
        if ((await countSealed(pool, box, column)).older === 0) break;
        pass += 1;
        await sleep(BETWEEN_PASSES_MS);
      }
    }
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
    const counts: SealedCount[] = [];
    for (const column of columns) counts.push(await countSealed(pool, box, column));
    report(counts, resealed, json);
  } finally {
    await pool.end();
  }
}

function report(counts: readonly SealedCount[], resealed: number, json: boolean): void {
  const older = counts.reduce((sum, count) => sum + count.older, 0);
  const foreign = counts.reduce((sum, count) => sum + count.foreign, 0);
  if (json) printJson({ resealed, older, foreign, columns: counts });
  else {
    printTable(
      ['where', 'first key', 'other keys', 'unknown keys'],
      counts.map((count) => [
        `${count.table}.${count.column}`,
        ...[count.newest, count.older, count.foreign].map(String),
      ]),
    );
    console.log(`${resealed} sealed anew.`);
  }
  if (foreign > 0) {
    const hint = 'Add the key that they were sealed with at the end of HOOKYARD_ENCRYPTION_KEY, and run this again.';
    throw new CommandFailure(
      EXIT.failed,
      `${foreign} are sealed with a key that is not in HOOKYARD_ENCRYPTION_KEY`,
      hint,
    );
  }
  if (older > 0) {
    const hint = 'Keep the old key: run this again, once every router has been restarted with the new key in front.';
    throw new CommandFailure(EXIT.failed, `${older} are still sealed with an old key`, hint);
  }
  if (!json) {
    console.log(
      'Nothing is left under an old key. It can be taken out, if every router has run with the new key in front since',
    );
    console.log(
      'before this began; "hookyard keys rotate-encryption --check" with both keys says so again at any time.',
    );
  }
}
