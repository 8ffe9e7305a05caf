import { Global, Module } from '@nestjs/common';
import { IssueLedger } from './issue-ledger.js';
import { IssueStore } from './issue.store.js';

/** Beside 7: failures, grouped by destination and kind. Global: what fails can fail at any stage. */
@Global()
@Module({ providers: [IssueStore, IssueLedger], exports: [IssueStore, IssueLedger] })
export class IssuesModule {}
