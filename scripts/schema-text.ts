import type { Client } from 'pg';

const TITLE = `-- The schema \`hookyard\` after the last migration. Not run by anything: it is here to be read and compared.
-- Made by \`npm run schema:dump\`; a test compares it with what the migrations make. Left out: the ledger of migrations,
-- the partitions that the router makes day by day, and BullMQ's own schema.
`;

/** Partitions of a day are made at run time; those that a migration makes (\`…_default\`) belong to the schema. */
const OURS = `n.nspname = 'hookyard' AND c.relname <> 'migration' AND c.relname !~ '_[0-9]{8}$'`;

const TABLES = `
  SELECT c.oid::int AS oid, c.relname AS name, c.relpersistence AS persistence,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
    CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound, parent.relname AS parent,
    array(SELECT unnest(c.reloptions) ORDER BY 1) AS options
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class parent ON parent.oid = i.inhparent
  WHERE ${OURS} AND c.relkind IN ('r', 'p') ORDER BY c.relname COLLATE "C"`;

const COLUMNS = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
    CASE WHEN a.attcollation <> t.typcollation THEN quote_ident(co.collname) END AS collation,
    a.attidentity AS identity, a.attgenerated AS generated, pg_get_expr(d.adbin, d.adrelid) AS fallback
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

/** Not-null constraints stand at their columns: Postgres 18 lists them here too, older versions do not. */
const CONSTRAINTS = `
  SELECT c.conname AS name, pg_get_constraintdef(c.oid) AS definition FROM pg_constraint c
  WHERE c.conrelid = $1 AND c.contype IN ('p', 'u', 'f', 'c', 'x') AND c.conislocal ORDER BY c.conname COLLATE "C"`;

/** Those that a constraint made, or that a partition has from its parent, are said already. */
const INDEXES = `
  SELECT pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE i.indrelid = $1 AND NOT c.relispartition
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = $1)
  ORDER BY c.relname COLLATE "C"`;

/** Anything else a migration might make is named, so that it cannot be made or left behind unseen. */
const OTHERS = `
  SELECT kind || ' ' || name AS line FROM (
    SELECT 'function' AS kind, p.oid::regprocedure::text AS name FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'hookyard'
    UNION ALL SELECT 'type', t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE n.nspname = 'hookyard' AND t.typtype IN ('d', 'e', 'r')
    UNION ALL SELECT 'trigger', t.tgname || ' on ' || c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND ${OURS}
    UNION ALL SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'sequence' END, c.relname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE ${OURS} AND c.relkind IN ('v', 'm', 'S') AND c.relname <> 'migration_id_seq'
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')) other
  ORDER BY kind COLLATE "C", name COLLATE "C"`;

interface TableRow {
  oid: number;
  name: string;
  persistence: 'p' | 'u';
  partition_key: string | null;
  bound: string | null;
  parent: string | null;
  options: string[];
}
interface ColumnRow {
  name: string;
  type: string;
  not_null: boolean;
  collation: string | null;
  identity: '' | 'a' | 'd';
  generated: '' | 's' | 'v';
  fallback: string | null;
}

/** The schema `hookyard` as text, the same for the same schema whatever made it. Runs on the schema as the client sees it. */
export async function schemaText(client: Pick<Client, 'query'>): Promise<string> {
  const parts = [];
  for (const table of (await client.query<TableRow>(TABLES)).rows) parts.push(await tableText(client, table));
  const others = (await client.query<{ line: string }>(OTHERS)).rows.map(({ line }) => `-- ${line}\n`);
  return [TITLE, ...parts, ...(others.length > 0 ? [others.join('')] : [])].join('\n');
}

/** What `schemaText` gives when nothing of ours is there. */
export const EMPTY_SCHEMA = TITLE;

async function tableText(client: Pick<Client, 'query'>, table: TableRow): Promise<string> {
  const constraints = await client.query<{ name: string; definition: string }>(CONSTRAINTS, [table.oid]);
  const indexes = await client.query<{ definition: string }>(INDEXES, [table.oid]);
  const after = indexes.rows.map(({ definition }) => `${definition};\n`).join('');
  const options = table.options.length > 0 ? ` WITH (${table.options.join(', ')})` : '';
  const head = `CREATE ${table.persistence === 'u' ? 'UNLOGGED ' : ''}TABLE hookyard.${table.name}`;
  const named = constraints.rows.map(({ name, definition }) => `CONSTRAINT ${name} ${definition}`);
  if (table.parent !== null) {
    return `${head} PARTITION OF hookyard.${table.parent}${list(named)} ${table.bound}${options};\n${after}`;
  }
  const columns = (await client.query<ColumnRow>(COLUMNS, [table.oid])).rows.map(columnText);
  const partitioned = table.partition_key === null ? '' : ` PARTITION BY ${table.partition_key}`;
  return `${head}${list([...columns, ...named])}${partitioned}${options};\n${after}`;
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? '' : ` (\n${lines.map((line) => `  ${line}`).join(',\n')}\n)`;
}

function columnText({ name, type, not_null, collation, identity, generated, fallback }: ColumnRow): string {
  const clauses = [
    name,
    type,
    collation && `COLLATE ${collation}`,
    not_null && 'NOT NULL',
    identity && `GENERATED ${identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`,
    generated
      ? `GENERATED ALWAYS AS (${fallback}) ${generated === 's' ? 'STORED' : 'VIRTUAL'}`
      : fallback && `DEFAULT ${fallback}`,
  ];
  return clauses.filter(Boolean).join(' ');
}
