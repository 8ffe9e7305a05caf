import type { Role } from './config.js';
import { Refusal, fromText, listOf } from './from-text.js';
import { didYouMean } from './nearest.js';

const roles: readonly Role[] = ['intake', 'api', 'worker'];

/** A list of roles with commas, or `all`. `api` alone means `intake,api`: the front of a split deployment. */
export const rolesSchema = fromText<ReadonlySet<Role>>((text) => {
  const words = listOf(text);
  const unknown = words.find((word) => word !== 'all' && !isRole(word));
  if (unknown !== undefined || words.length === 0) {
    const hint = didYouMean(unknown ?? '', [...roles, 'all']);
    return new Refusal(`must be "all", or a list of "intake", "api" and "worker" with commas between.${hint}`);
  }
  if (words.includes('all')) return new Set(roles);
  const named = new Set(words.filter(isRole));
  return named.size === 1 && named.has('api') ? new Set<Role>(['intake', 'api']) : named;
});

function isRole(word: string): word is Role {
  return roles.some((role) => role === word);
}
