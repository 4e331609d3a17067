/**
 * The control plane unit: asks, judges, sends. An outage is never silent: whatever happens but an abort, the untagged service check is
 * sent. The unit is `ok` when the server gave a verdict, also a bad one, and `failed` with the `API_*` error when there was none.
 */
import { isKubeCheckError } from '../errors.ts';
import type { UnitOutcome } from '../report.ts';
import type { Permission, Unit, UnitContext } from '../unit.ts';
import {
  componentGaugeOf,
  componentServiceCheck,
  componentStatusPath,
  parseComponentStatuses,
} from './component-status.ts';
import type { ControlPlaneOptions } from './options.ts';
import { readyzRequest, requestReadyz } from './readyz.ts';
import { judgeReadyz, type ReadyzVerdict, readyzServiceChecks } from './verdict.ts';

/** @see controlPlaneHealthCheck in units.ts, which says what it sends */
export function controlPlaneHealthCheck(options: ControlPlaneOptions = {}): Unit {
  const { componentHealth = 'auto', detailed = false } = options;
  return {
    name: 'control-plane',
    runsUndecided: true,
    permissions: permissionsFor(componentHealth),
    async run(context) {
      const verdict = await readiness(context);
      const viaComponentStatus = asksComponentStatus(componentHealth, verdict);
      for (const check of readyzServiceChecks(verdict, { components: !viaComponentStatus, detailed }))
        context.sender.serviceCheck(check);
      if (viaComponentStatus) await reportComponentStatus(context);
      return outcomeOf(verdict, viaComponentStatus && componentHealth === 'auto');
    },
  };
}

/** With `auto` ComponentStatus is asked of servers before 1.16 only: not a right worth granting to everyone, so it is not listed. */
function permissionsFor(componentHealth: ControlPlaneOptions['componentHealth']): readonly Permission[] {
  const readyz: Permission = { verbs: ['get'], nonResourceUrl: '/readyz' };
  if (componentHealth !== 'component-status') return [readyz];
  return [readyz, { verbs: ['list'], group: '', resource: 'componentstatuses' }];
}

/** @throws KubeCheckError only if the run itself was ended: then nothing is known, and nothing is sent */
async function readiness(context: UnitContext): Promise<ReadyzVerdict> {
  try {
    const answer = await requestReadyz(context);
    return judgeReadyz(readyzRequest(context.signal), answer, context.clock.nowMs());
  } catch (error) {
    if (context.signal.aborted || !isKubeCheckError(error)) throw error;
    return { state: 'untold', error };
  }
}

/** A server that just gave no answer at all is not asked a second thing. */
function asksComponentStatus(mode: ControlPlaneOptions['componentHealth'], verdict: ReadyzVerdict): boolean {
  if (mode === 'readyz') return false;
  if (mode === 'component-status') return verdict.state !== 'untold' || verdict.error.details['status'] !== undefined;
  return verdict.state === 'untold' && verdict.error.code === 'API_ABSENT';
}

async function reportComponentStatus(context: UnitContext): Promise<void> {
  const { api, sender, signal } = context;
  const { components, nameless } = parseComponentStatuses(await api.json({ path: componentStatusPath, signal }));
  for (const component of components) {
    sender.serviceCheck(componentServiceCheck(component));
    const gauge = componentGaugeOf(component);
    if (gauge !== undefined) sender.gauge(gauge);
  }
  if (nameless > 0) context.warn(`metadata structure has changed. Not collecting API Server's Components status`);
}

/** `answeredElsewhere`: readyz is absent, and ComponentStatus stood in for it. */
function outcomeOf(verdict: ReadyzVerdict, answeredElsewhere: boolean): UnitOutcome {
  if (verdict.state !== 'untold' || answeredElsewhere) return { status: 'ok' };
  return { status: 'failed', error: verdict.error };
}
