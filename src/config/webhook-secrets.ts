import type { SourceDescription } from '../sources/source.js';
import { type Env, type Report, isGiven, readSecret } from './read-variable.js';

/** The variable that declares a source of a type: `standard-webhooks` → `STANDARD_WEBHOOKS_WEBHOOK_SECRET`. */
export function webhookSecretVariable(type: string): string {
  return `${type.toUpperCase().replaceAll('-', '_')}_WEBHOOK_SECRET`;
}

/**
 * The active secrets of each known type whose variable is set, by type; empty where the variable's problem was reported.
 * Variables of other programs that end alike are left alone.
 */
export function readWebhookSecrets(
  env: Env,
  cwd: string,
  catalogue: readonly SourceDescription[],
  report: Report,
): ReadonlyMap<string, readonly string[]> {
  const secretsByType = new Map<string, readonly string[]>();
  for (const { type, scheme } of catalogue) {
    const name = webhookSecretVariable(type);
    if (!isGiven(env, name)) continue;
    const text = readSecret(env, name, cwd, report);
    const secrets = text === undefined ? [] : text.split(',').map((secret) => secret.trim());
    const usable = secrets.filter((secret) => secret !== '');
    secretsByType.set(type, usable);
    if (usable.length < secrets.length) report(`${name}: has an empty part; write secrets with one comma between`);
    const reasons = usable.map((secret) => scheme.secretProblem(secret)).filter((reason) => reason !== undefined);
    for (const reason of new Set(reasons))
      report(`${name}: cannot be used by ${type}: ${withoutSecrets(reason, usable)}`);
  }
  return secretsByType;
}

/** A scheme promises that its message holds no secret; a scheme of somebody else's may break the promise. */
export function withoutSecrets(reason: string, secrets: readonly string[]): string {
  return secrets.some((secret) => reason.includes(secret)) ? 'it has the wrong form' : reason;
}
