/** The checkpoint's saving: begun under the lease, landed at any later time, over what the store then holds. */
import { leaseLeft } from '../../../src/events/lease.ts';
import { isNewer, isVersion } from '../../../src/kube/version.ts';
import { type ConfigMap, tokenIn } from '../../../src/tokens/config-map-object.ts';
import type { Bounds } from './bounds.ts';
import { tokenOf } from './delivering.ts';
import type { Move } from './explorer.ts';
import { numberOf } from './identity.ts';
import { thinksItLeads } from './lease.ts';
import { removed, saved } from './store.ts';
import { changed, type Process, type Session, type World, withSession, wrong } from './world.ts';

type Saving = Generator<Move<World> | Promise<Move<World>>>;

export function* save(world: World, index: number, process: Process, session: Session, bounds: Bounds): Saving {
  const { saving, fenced, unsaid, forgets, batch } = session;
  if (saving) return yield land(world, index, process, session, bounds);
  if (fenced || !(unsaid || forgets)) return;
  // While a batch is in the sender's hands a save says the same as before or after.
  if (batch?.handed && bounds.mutation !== 'ack-before-commit') return;
  if (!mayBegin(world, process)) return;
  const token = tokenOf(session);
  const begun: Session = {
    ...session,
    saving: forgets || !token ? 'remove' : { token, covers: session.unsaved.length },
  };
  // Without others, nothing can come between.
  if (bounds.replicas === 1) yield land(world, index, process, begun, bounds);
  else yield ['save', withSession(world, index, process, begun)];
}

function mayBegin(world: World, { fence }: Process): boolean {
  try {
    leaseLeft(fence && (() => (thinksItLeads(world, fence) ? 1 : 0)));
    return true;
  } catch {
    return false;
  }
}

function land(
  world: World,
  index: number,
  process: Process,
  session: Session,
  { mutation }: Bounds,
): Move<World> | Promise<Move<World>> {
  const fence = mutation === 'save-without-term' ? undefined : process.fence;
  const { saving } = session;
  const ended = changed<Session>(session, { saving: undefined });
  const done = (store: ConfigMap, after: Session, name: string): Move<World> => [
    name,
    withSession({ ...world, store }, index, process.fence ? { ...process, known: store } : process, after),
  ];
  const refused = (): Move<World> => done(world.store, { ...ended, fenced: true }, 'the save is refused');
  if (saving === 'remove') {
    const answer = removed(world.store, session.scope, fence);
    const after = (stored: Awaited<typeof answer>) =>
      stored === 'FENCED'
        ? refused()
        : done(stored.configMap, changed<Session>(ended, { forgets: undefined }), 'the removal lands');
    return answer instanceof Promise ? answer.then(after) : after(answer);
  }
  if (!saving) throw new TypeError('nothing is being saved');
  const { token, covers } = saving;
  const known = process.known ?? world.store;
  const save = { scope: session.scope, token, fence };
  let written = saved(known, save);
  const isConflict = numberOf(known) !== numberOf(world.store);
  if (isConflict && written !== undefined && written !== 'FENCED' && mutation !== 'save-over-a-conflict')
    written = saved(world.store, save);
  if (written === 'FENCED') return refused();
  const store = written ?? world.store;
  const isAllSaid = JSON.stringify(tokenOf(session)) === JSON.stringify(token);
  const after = changed<Session>(ended, {
    ...(isAllSaid ? { unsaid: undefined } : {}),
    unsaved: session.unsaved.slice(covers),
  });
  const [name, next] = done(store, after, 'the save lands');
  return [
    name,
    wentBack(world.store, store, session.scope.tokenKey) ? wrong(next, 'the stored token went back') : next,
  ];
}

function wentBack(before: ConfigMap, after: ConfigMap, key: string): boolean {
  const was = tokenIn(before, key)?.resourceVersion ?? '';
  const is = tokenIn(after, key)?.resourceVersion ?? '';
  return isVersion(was) && (!isVersion(is) || isNewer(was, is));
}
