import { Module } from '@nestjs/common';
import { ErasureChunks } from './erasure-chunks.js';
import { ErasureWatch } from './erasure-watch.js';
import { Erasures } from './erasures.js';

/** What must be forgotten before its time. */
@Module({
  providers: [ErasureChunks, ErasureWatch, Erasures],
  exports: [Erasures],
})
export class ErasureModule {}
