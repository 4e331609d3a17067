/** Who holds the lease, and who thinks so. */
import type { Fence } from '../../../src/leader-elector.ts';
import type { Bounds } from './bounds.ts';
import type { Process, World } from './world.ts';

export const isLeader = ({ lease }: World, { holder, term, lease: uid }: Fence): boolean =>
  lease !== null && lease.uid === uid && lease.transitions === term && lease.holder === holder;

/** By its own clock. That somebody deleted the lease is noticed at the next renewal only. */
export const thinksItLeads = (world: World, fence: Fence): boolean =>
  isLeader(world, fence) || fence.lease !== world.lease?.uid;

export const mayWork = (world: World, { fence }: Process, { replicas }: Bounds): boolean =>
  fence ? thinksItLeads(world, fence) : replicas === 1;
