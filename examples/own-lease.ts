/**
 * An operator that elects a leader for itself lends that leadership to the check: one election, one lease, and no right on leases for the
 * check. What it has to tell are three things: whether it leads, in which term, and when it no longer does.
 *
 *     node examples/own-lease.ts
 *
 * The operator here is a stand-in that leads, loses the lease to another replica, and gets it back.
 */
import { EventEmitter } from 'node:events';
import { KubeASCheck, type LeaderElector, type Leadership, type RunReport } from 'kube-apiserver-check';
import { consoleSender } from 'kube-apiserver-check/senders/console';

/** What an operator has already. */
class Operator extends EventEmitter<{ lost: []; leading: [] }> {
  holder = 'operator-0';
  /** Counts changes of the holder: `leaseTransitions`. */
  term = 1;

  change(holder: string): void {
    this.holder = holder;
    this.term += 1;
    this.emit(holder === 'operator-0' ? 'leading' : 'lost');
  }
}

/** The few lines. The same object as long as it is the same term: what goes on between runs is bound to it. */
function lend(operator: Operator): LeaderElector {
  let leading: Leadership | undefined;
  operator.on('lost', () => {
    leading = undefined;
  });
  return {
    async acquire() {
      if (operator.holder !== 'operator-0') return { role: 'follower', holder: operator.holder };
      if (!leading) {
        const lost = new AbortController();
        operator.once('lost', () => lost.abort(new Error('the operator no longer leads')));
        leading = { role: 'leader', fence: { holder: operator.holder, term: operator.term }, lost: lost.signal };
      }
      return leading;
    },
    // The lease stays the operator's.
    async release() {},
  };
}

const operator = new Operator();
const check = new KubeASCheck({
  sender: consoleSender(),
  leaderElector: lend(operator),
  config: { controlPlane: false, quotas: false, events: { mode: 'watch' } },
});
check.on('roleChanged', ({ role, leader }) => console.log(`the check is ${role}${leader ? ` under ${leader}` : ''}`));

let delivered = 0;
const tell = ({ role, events }: RunReport): void => {
  delivered += events.ledger.delivered;
  console.log(`${role}: ${delivered} events so far`);
};
const committed = new Promise((resolve) => check.once('committed', resolve));
tell(await check.run());
await committed;
tell(await check.run());
operator.change('operator-1');
tell(await check.run());
operator.change('operator-0');
tell(await check.run());
await check.stop();
