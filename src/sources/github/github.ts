/**
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * Only the body is signed; which event it is, and the id of the delivery, stand in headers. A hook sends JSON, or a form
 * whose field `payload` is the JSON. GitHub never sends again by itself, so nothing may be refused for its size.
 * A header that names another event than the signed body can be is a forgery; its event has no type.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { hmac } from '../schemes/hmac.js';

const MIB = 1024 * 1024;
const KEPT =
  'event delivery hook-id hook-installation-target-type hook-installation-target-id enterprise-host enterprise-version';

/** What an event is about, if it is not an issue, pull request or discussion: the first of these that the body has. */
const SUBJECTS = pathsOf(
  'check_run.id check_suite.id workflow_job.id workflow_run.id deployment.id release.id package.id registry_package.id ' +
    'project_card.id project_column.id project.id projects_v2_item.id milestone.id label.id rule.id key.id team.id ' +
    'security_advisory.ghsa_id sponsorship.node_id marketplace_purchase.account.id ref sha repository.full_name ' +
    'installation.id organization.id hook_id sender.id',
);

/** What a body of these events always has. */
const MARKS = new Map(
  pathsOf(
    'push.pusher pull_request.pull_request issues.issue issue_comment.comment release.release ping.zen fork.forkee ' +
      'create.ref_type delete.ref_type discussion.discussion check_run.check_run check_suite.check_suite ' +
      'deployment.deployment workflow_run.workflow_run workflow_job.workflow_job',
  ).map(([event = '', key = '']) => [event, key]),
);

/** Whose event it is: the account that owns the repository, or that the hook or app serves. */
const TENANTS = pathsOf(
  'repository.owner.login repository.owner.name organization.login enterprise.slug installation.account.login ' +
    'marketplace_purchase.account.login sponsorship.sponsorable.login sender.login',
);

/** GitHub: webhooks of repositories, organisations, enterprises and apps, also of GitHub Enterprise Server. */
export const github = defineSource({
  type: 'github',
  docs: 'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries',
  scheme: hmac({ header: 'x-hub-signature-256', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' }),
  unsigned: ['id', 'type'],
  formField: 'payload',
  maxBodyBytes: 25 * MIB,
  // A redelivery by hand keeps the id. Hooks of one repository, organisation and app may share it for one event.
  externalId: ({ headers }) => {
    const { 'x-github-delivery': delivery, 'x-github-hook-id': hook } = headers;
    return delivery && [hook, delivery].filter((part) => part).join('/');
  },
  // For so long a delivery can be sent again by hand.
  redeliveryHours: 72,
  eventType: ({ headers, payload }) => {
    const event = headers['x-github-event'];
    if (isContradicted(event, payload)) return undefined;
    return [event, textOf(field(payload, 'action'))].filter((part) => part).join('.') || undefined;
  },
  occurredAt: ({ payload }) => dateOf(field(payload, 'head_commit', 'timestamp')),
  subject: ({ payload }) => numberedSubject(payload) ?? firstText(payload, SUBJECTS),
  tenant: ({ payload }) => firstText(payload, TENANTS),
  headers: { keep: KEPT.split(' ').map((name) => `x-github-${name}`) },
});

/** The body lacks what makes it this event, and has what makes it another. */
function isContradicted(event: string | undefined, payload: unknown): boolean {
  const has = (key: string) => field(payload, key) !== undefined;
  const own = MARKS.get(event ?? '');
  return own !== undefined && !has(own) && [...MARKS.values()].some(has);
}

/** As GitHub writes it, `octo/repo#7`; comments and reviews have the same subject as what they are on. */
function numberedSubject(payload: unknown): string | undefined {
  const number = firstText(payload, pathsOf('issue.number pull_request.number discussion.number'));
  const repository = textOf(field(payload, 'repository', 'full_name'));
  return number && repository && `${repository}#${number}`;
}

function pathsOf(names: string): readonly string[][] {
  return names.split(' ').map((name) => name.split('.'));
}

function firstText(payload: unknown, paths: readonly (readonly string[])[]): string | undefined {
  return paths.map((path) => textOf(field(payload, ...path))).find((text) => text !== undefined);
}
