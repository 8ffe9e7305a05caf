import { Client } from 'pg';

/** Runs one statement on a connection of its own and gives back the number in its only cell; `NaN` where it has none. */
export async function ask(databaseUrl: string, sql: string, values: readonly unknown[] = []): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, values: [...values], rowMode: 'array' });
    return Number(rows[0]?.[0] ?? Number.NaN);
  } finally {
    await client.end();
  }
}
