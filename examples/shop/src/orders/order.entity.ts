import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** The shop's own table, beside Hookyard's in the same database. */
@Entity('shop_order')
export class Order {
  @PrimaryGeneratedColumn({ type: 'integer' })
  id!: number;

  /** Who it came from. */
  @Column({ type: 'text' })
  channel!: 'acme' | 'stripe';

  /** The order's number there. */
  @Column({ type: 'text' })
  reference!: string;

  @Column({ type: 'integer', name: 'total_cents' })
  totalCents!: number;
}
