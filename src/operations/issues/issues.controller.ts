import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { storedId } from '../../database/ids.js';
import { HttpError } from '../../errors.js';
import { ISSUE_STATES, isDeadLetterOf, type IssueState } from '../../issues/issue.js';
import { IssueStore } from '../../issues/issue.store.js';
import { NeedsRole } from '../access/role.js';
import { ApiDatabase } from '../api-database.js';
import { noteForAudit } from '../audit/audit-trail.js';
import {
  DELIVERY_COLUMNS,
  DELIVERY_FROM,
  showDelivery,
  type DeliveryRow,
  deliveryAnswer,
} from '../deliveries/delivery.view.js';
import { ok, type Envelope } from '../envelope.js';
import type { ListSpec } from '../lists/list-spec.js';
import { issueList } from '../lists/other-lists.js';
import { inOrder, readList, sortQuery } from '../lists/read-list.js';
import { Describes } from '../openapi/describes.js';
import { pageQuery, readCursor, searchText } from '../page.js';
import { ISSUE_COLUMNS, ISSUE_FROM, issueAnswer, showIssue, type IssueRow } from './issue.view.js';

const listQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(ISSUE_STATES).optional(),
  destination: searchText(64),
});

const deadLettersQuery = z.strictObject({ ...pageQuery, sort: sortQuery });

/** Failures, grouped by destination, error class and status code. */
@Controller('api/v1/issues')
export class IssuesController {
  constructor(
    private readonly database: ApiDatabase,
    private readonly issues: IssueStore,
  ) {}

  /** Those that began last come first. `destination`: its name, or its id. */
  @Get()
  @Describes({
    summary: 'List failures, grouped by destination, error class and status',
    answer: issueAnswer,
    list: true,
  })
  async list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ): Promise<Envelope<z.output<typeof issueAnswer>[]>> {
    const list = await issueList(this.database.run, query);
    const { ids, page } = await readList(this.database, list, query, readCursor(query.cursor));
    const rows = await this.database.run<IssueRow>(
      `SELECT ${ISSUE_COLUMNS} FROM ${ISSUE_FROM} WHERE t.id = ANY($1::uuid[])`,
      [ids],
    );
    return ok(inOrder(ids, rows).map(showIssue), page);
  }

  /** One issue. */
  @Get(':id')
  @Describes({ summary: 'Show an issue', answer: issueAnswer })
  async get(@Param('id') id: string): Promise<Envelope<z.output<typeof issueAnswer>>> {
    return ok(showIssue(await this.find(id)));
  }

  /** The dead letters of an issue, newest first. */
  @Get(':id/dead-letters')
  @Describes({ summary: 'List the dead letters of an issue', answer: deliveryAnswer })
  async deadLetters(
    @Param('id') id: string,
    @Query({ schema: deadLettersQuery }) query: z.output<typeof deadLettersQuery>,
  ): Promise<Envelope<z.output<typeof deliveryAnswer>[]>> {
    const issue = await this.find(id);
    const list: ListSpec = {
      table: 'hookyard.delivery',
      driver: [() => `w.status = 'dead'`, (param) => `w.destination_id = ${param(issue.destination_id)}`],
      filters: [(param) => isDeadLetterOf(`${param(issue.error_class)}::text`, param(issue.status_code))],
      range: { fromId: undefined, toId: undefined, exact: [] },
    };
    const { ids, page } = await readList(this.database, list, query, readCursor(query.cursor));
    const rows = await this.database.run<DeliveryRow>(
      `SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_FROM} WHERE t.id = ANY($1::uuid[])`,
      [ids],
    );
    return ok(inOrder(ids, rows).map(showDelivery), page);
  }

  /** Somebody is on it. */
  @Post(':id/acknowledge')
  @HttpCode(200)
  @NeedsRole('operator')
  @Describes({ summary: 'Say that somebody is on it', answer: issueAnswer })
  acknowledge(@Param('id') id: string): Promise<Envelope<z.output<typeof issueAnswer>>> {
    return this.change(id, 'acknowledged');
  }

  /** Mended: the next failure of its kind opens it again. */
  @Post(':id/resolve')
  @HttpCode(200)
  @NeedsRole('operator')
  @Describes({ summary: 'Say that it is mended; the next failure opens it again', answer: issueAnswer })
  resolve(@Param('id') id: string): Promise<Envelope<z.output<typeof issueAnswer>>> {
    return this.change(id, 'resolved');
  }

  /** Nobody has to act: failures of its kind only count. */
  @Post(':id/ignore')
  @HttpCode(200)
  @NeedsRole('operator')
  @Describes({ summary: 'Only count it from now on', answer: issueAnswer })
  ignore(@Param('id') id: string): Promise<Envelope<z.output<typeof issueAnswer>>> {
    return this.change(id, 'ignored');
  }

  /** Open after all. */
  @Post(':id/reopen')
  @HttpCode(200)
  @NeedsRole('operator')
  @Describes({ summary: 'Open it again', answer: issueAnswer })
  reopen(@Param('id') id: string): Promise<Envelope<z.output<typeof issueAnswer>>> {
    return this.change(id, 'open');
  }

  private async change(id: string, to: IssueState): Promise<Envelope<z.output<typeof issueAnswer>>> {
    const stored = storedId('iss', id);
    const change = stored && (await this.issues.change(stored, to));
    if (!change) throw notFound();
    if (!change.changed) {
      throw new HttpError('ISSUE_NOT_CHANGEABLE', 409, `The issue is ${change.before}; reopen it first.`);
    }
    noteForAudit({ target: id, before: { state: change.before }, after: { state: to } });
    return this.get(id);
  }

  private async find(id: string): Promise<IssueRow> {
    const stored = storedId('iss', id);
    const [row] = stored
      ? await this.database.run<IssueRow>(`SELECT ${ISSUE_COLUMNS} FROM ${ISSUE_FROM} WHERE t.id = $1`, [stored])
      : [];
    if (!row) throw notFound();
    return row;
  }
}

function notFound(): HttpError {
  return new HttpError('ISSUE_NOT_FOUND', 404, 'There is no such issue; it may have been forgotten.');
}
