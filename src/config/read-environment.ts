import type { z } from 'zod';
import { didYouMean } from './nearest.js';
import { plainWords, problemsOf } from './problems-of.js';
import { type Env, type Report, isGiven, readSecret } from './read-variable.js';
import { type Variable, variables } from './variables.js';

type Key = keyof typeof variables;

/** What each variable of the table gives: its value, its default, or nothing. */
export type EnvironmentValues = {
  readonly [K in Key]:
    | z.output<(typeof variables)[K]['schema']>
    | ((typeof variables)[K] extends { readonly fallback: string } ? never : undefined);
};

/**
 * Reads and validates every variable of the table, and reports all that is wrong. After a report the values are only good
 * for finding more problems: what was refused has its default, or is `undefined`.
 */
export function readEnvironment(env: Env, cwd: string, report: Report): EnvironmentValues {
  const entries = Object.entries(variables).map(([key, variable]) => [key, readVariable(env, variable, cwd, report)]);
  // The loop cannot tell the compiler that each key gets its own schema's output.
  const values = Object.fromEntries(entries) as EnvironmentValues;
  checkTogether(env, values, report);
  reportUnknown(env, report);
  return values;
}

/** Like `readEnvironment`, of a few variables and as if there were no others. */
export function readVariables<K extends Key>(
  env: Env,
  cwd: string,
  keys: readonly K[],
  report: Report,
): Pick<EnvironmentValues, K> {
  const entries = keys.map((key) => [key, readVariable(env, variables[key], cwd, report)]);
  return Object.fromEntries(entries) as Pick<EnvironmentValues, K>;
}

function readVariable(env: Env, variable: Variable, cwd: string, report: Report): unknown {
  // Empty is unset for what is no secret: compose files pass `LOG_LEVEL=${LOG_LEVEL:-}`.
  const text = variable.secret ? readSecret(env, variable.name, cwd, report) : env[variable.name]?.trim() || undefined;
  if (text !== undefined) {
    const parsed = variable.schema.safeParse(text, { error: plainWords });
    if (parsed.success) return parsed.data;
    for (const { message } of problemsOf(parsed.error)) report(`${variable.name}: ${message}`);
  }
  return variable.fallback === undefined ? undefined : variable.schema.parse(variable.fallback);
}

function checkTogether(env: Env, values: EnvironmentValues, report: Report): void {
  const { databaseUrl, apiKey, encryptionKeys, alertBotToken, alertChatId } = variables;
  if (isGiven(env, databaseUrl.name)) {
    if (values.embedded === true) report('HOOKYARD_EMBEDDED: DATABASE_URL is set as well; keep one of them');
    for (const { name, about } of [apiKey, encryptionKeys]) {
      if (!isGiven(env, name)) report(`${name}: is missing, and DATABASE_URL needs it. ${about}`);
    }
  } else if (values.embedded === false) {
    report('DATABASE_URL: is missing, and HOOKYARD_EMBEDDED turns the embedded PostgreSQL off; set one of them');
  } else if (values.nodeEnv === 'production' && values.embedded !== true) {
    report(
      'DATABASE_URL: is missing, and NODE_ENV is production; set it, or HOOKYARD_EMBEDDED=1 if the embedded PostgreSQL is meant',
    );
  }
  if (isGiven(env, alertBotToken.name) && !env[alertChatId.name]?.trim()) {
    report(`${alertChatId.name}: is missing, and ${alertBotToken.name} needs it; set the chat that alerts go to`);
  }
  if (env[alertChatId.name]?.trim() && !isGiven(env, alertBotToken.name)) {
    report(`${alertBotToken.name}: is missing, and ${alertChatId.name} needs it; set the bot's token`);
  }
}

/** What the commands read, to find a router; they may stand in the shell that starts one. */
const OF_COMMANDS = ['HOOKYARD_URL', 'HOOKYARD_TOKEN', 'HOOKYARD_TOKEN_FILE'];

function reportUnknown(env: Env, report: Report): void {
  const known = Object.values<Variable>(variables).flatMap(({ name, secret }) =>
    secret ? [name, `${name}_FILE`] : [name],
  );
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('HOOKYARD_') || value === undefined || known.includes(name) || OF_COMMANDS.includes(name))
      continue;
    if (isFromKubernetes(name, value)) continue;
    report(`${name}: is not a variable of Hookyard; take it out.${didYouMean(name, known)}`);
  }
}

/** Kubernetes gives every pod the addresses of the Services beside it; one named `hookyard` makes `HOOKYARD_PORT=tcp://…`. */
function isFromKubernetes(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PORT|PROTO|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}
