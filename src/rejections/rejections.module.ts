import { Module } from '@nestjs/common';
import { RejectionSampler } from './rejection-sampler.js';
import { RejectionStore } from './rejection.store.js';

/** Beside 2: samples of what was refused, and why. */
@Module({ providers: [RejectionStore, RejectionSampler], exports: [RejectionStore, RejectionSampler] })
export class RejectionsModule {}
