/** A fleet of checks in one process, as `scenarios/fleet.ts` has it measured: what it is told, and what it says. */
export interface FleetOrder {
  readonly mode: 'watch' | 'poll';
  readonly urls: readonly string[];
  /** To each server, in all. */
  readonly eventsEach: number;
}

export type FleetSaid =
  | { readonly at: 'collecting' }
  /** Every event of every server is committed once. From `go` on, but for `baseBytes`: before there was a fleet. */
  | {
      readonly at: 'collected';
      readonly cpuMs: number;
      readonly wallMs: number;
      readonly baseBytes: number;
      readonly peakBytes: number;
    };
