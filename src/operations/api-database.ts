import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { sqlState } from '../database/sql-errors.js';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: query_canceled. */
const CANCELLED = '57014';

/** What was asked for was not there in time. */
export const TOO_SLOW = Symbol('too slow');

/**
 * Left to guess how many rows a filter leaves, the planner may read a whole table, hash one, or make a bitmap of all that an index has, of
 * which ten thousand are wanted; then a list takes seconds that takes milliseconds over the indexes. To compile such a statement
 * takes longer than to run it.
 */
export const FOLLOW_INDEXES = `SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
  SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off`;
/** An index on documents can be read in no other way. */
export const ALLOW_BITMAPS = 'SET LOCAL enable_bitmapscan = on';

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

  /** Several statements, committed when `work` resolves, rolled back when it rejects. */
  async inTransaction<T>(work: (run: RunSql) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.query('BEGIN');
      const result = await work(
        async <Row>(sql: string, values: readonly unknown[] = []) =>
          (await runner.query(sql, [...values], true)).records as Row[],
      );
      await runner.query('COMMIT');
      return result;
    } catch (error) {
      await runner.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /**
   * Reads in a transaction in which no statement takes longer than `ms` and none reads a whole table where an index could serve.
   * @returns `TOO_SLOW` when one was cut off.
   */
  async readWithin<T>(ms: number, read: (run: RunSql) => Promise<T>): Promise<T | typeof TOO_SLOW> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.query('BEGIN READ ONLY');
      await runner.query(`SET LOCAL statement_timeout = ${Math.trunc(ms)}; ${FOLLOW_INDEXES}`);
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
