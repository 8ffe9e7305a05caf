import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { sqlState } from '../database/sql-errors.js';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: query_canceled. */
const CANCELLED = '57014';

/** What was asked for was not there in time. */
export const TOO_SLOW = Symbol('too slow');

/** SQL that runs a statement; gives back rows, also those of `UPDATE … RETURNING`. */
export type RunSql = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** The management API's connections: a pool of its own, so that a long list never starves intake. */
@Injectable()
export class ApiDatabase {
  constructor(private readonly dataSource: DataSource) {}

  /** One statement on its own. */
  readonly run: RunSql = async <Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const runner = this.dataSource.createQueryRunner();
    try {
      return (await runner.query(sql, [...values], true)).records as Row[];
    } finally {
      await runner.release();
    }
  };

  /**
   * Reads in a transaction in which no statement takes longer than `ms` and none reads a whole table where an index could serve.
   * @returns `TOO_SLOW` when one was cut off.
   */
  async readWithin<T>(ms: number, read: (run: RunSql) => Promise<T>): Promise<T | typeof TOO_SLOW> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.query('BEGIN READ ONLY');
      await runner.query(`SET LOCAL statement_timeout = ${Math.trunc(ms)}; SET LOCAL enable_seqscan = off`);
      const result = await read(
        async <Row>(sql: string, values: readonly unknown[] = []) =>
          (await runner.query(sql, [...values], true)).records as Row[],
      );
      await runner.query('COMMIT');
      return result;
    } catch (error) {
      await runner.query('ROLLBACK').catch(() => undefined);
      if (sqlState(error) === CANCELLED) return TOO_SLOW;
      throw error;
    } finally {
      await runner.release();
    }
  }
}
