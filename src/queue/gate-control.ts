import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { EventLog } from '../telemetry/event-log.js';
import { Relay } from './relay.js';

/** A destination as a person names it to us. */
export interface Named {
  readonly id: number;
  readonly name: string;
}

/** What a person does to a destination's gate. It is in the row, so it holds for every process, a restart and an apply. */
@Injectable()
export class GateControl {
  constructor(
    private readonly pools: Pools,
    private readonly relay: Relay,
    private readonly events: EventLog,
  ) {}

  /** Nothing is sent from now on but what is under way; deliveries wait. Pausing again keeps the time and takes the reason. */
  async pause({ id, name }: Named, reason: string): Promise<void> {
    await this.pools.work.query(
      `UPDATE hookyard.destination_gate SET paused_at = coalesce(paused_at, clock_timestamp()), pause_reason = $2
       WHERE destination_id = $1`,
      [id, reason],
    );
    this.events.destinationPausedByHand(name);
  }

  /** Goes on, whoever paused it; its breaker and what it asked for with `Retry-After` stay as they are. */
  async resume({ id, name }: Named): Promise<void> {
    await this.pools.work.query(
      `UPDATE hookyard.destination_gate SET paused_at = NULL, pause_reason = NULL WHERE destination_id = $1`,
      [id],
    );
    this.events.destinationResumed(name);
    this.relay.wake();
  }

  /**
   * Holds the breaker for `forMs`, or until further notice. `open`: nothing is sent, not even a probe, and no answer closes it;
   * afterwards the backlog drains from one slot upwards. `closed`: everything is sent, and no failure opens it; it begins
   * anew, without the failures so far. `auto` gives it back to what the destination's answers say.
   */
  async force({ id, name }: Named, state: 'open' | 'closed' | 'auto', forMs: number | undefined): Promise<void> {
    const { rows } = await this.pools.work.query<{ until: Date | null }>({
      text: FORCE,
      values: [id, state, forMs ?? null],
    });
    this.events.breakerForced({ destination: name, state, until: rows[0]?.until ?? undefined });
    this.relay.wake();
  }
}

const FORCE = `
  UPDATE hookyard.destination_gate SET
    breaker_forced = nullif($2::text, 'auto'),
    breaker_forced_until = clock_timestamp() + $3::float8 * interval '1 ms',
    breaker_since = CASE WHEN $2 = 'closed' AND breaker_state = 'open' THEN clock_timestamp() ELSE breaker_since END,
    breaker_state = CASE WHEN $2 = 'closed' THEN 'closed' ELSE breaker_state END,
    failures = CASE WHEN $2 = 'closed' THEN 0 ELSE failures END,
    failing_deliveries = CASE WHEN $2 = 'closed' THEN '{}' ELSE failing_deliveries END,
    failing_since = CASE WHEN $2 = 'closed' THEN NULL ELSE failing_since END,
    cooldown_level = CASE WHEN $2 = 'closed' THEN 0 ELSE cooldown_level END,
    opened_until = CASE WHEN $2 = 'closed' THEN NULL ELSE opened_until END,
    ramp_slots = CASE WHEN $2 = 'closed' THEN NULL WHEN $2 = 'open' AND breaker_state = 'closed' THEN 1 ELSE ramp_slots END
  WHERE destination_id = $1
  RETURNING breaker_forced_until AS until`;
