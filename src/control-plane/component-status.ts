/**
 * `GET /api/v1/componentstatuses`, read without trust in its shape. Pure. Deprecated since Kubernetes 1.19, and wrong about a scheduler
 * or controller-manager that runs on another machine than the API server: that is told as unknown, not as down.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/component-status-v1/
 */
import { KubeCheckError } from '../errors.ts';
import type { MetricSample, ServiceCheck } from '../sender.ts';
import { componentCheck, oneLine } from './service-check.ts';

export const componentStatusPath = '/api/v1/componentstatuses';
const componentGauge = 'kube_apiserver.component_status';

/** The ports of the controller-manager and the scheduler, asked by the API server on its own machine. */
const besideTheServer = /\b127\.0\.0\.1:(?:10257|10259)\b/;

/** One `Healthy` condition. */
export interface ComponentHealth {
  readonly name: string;
  readonly status: 'ok' | 'critical' | 'unknown';
  readonly message?: string;
}

/** `nameless`: entries that nothing can be said about; the others stand. @throws KubeCheckError API_MALFORMED if it is no list */
export function parseComponentStatuses(body: unknown): {
  readonly components: readonly ComponentHealth[];
  readonly nameless: number;
} {
  const items = fieldsOf(body)['items'] ?? (fieldsOf(body)['kind'] === 'ComponentStatusList' ? [] : undefined);
  if (!Array.isArray(items))
    throw new KubeCheckError('API_MALFORMED', `list componentstatuses: the answer is no list of component statuses`);
  const components: ComponentHealth[] = [];
  let nameless = 0;
  for (const item of items) {
    const { metadata, conditions } = fieldsOf(item);
    const name = textOf(fieldsOf(metadata)['name']);
    if (name === undefined) nameless += 1;
    else if (Array.isArray(conditions))
      components.push(...conditions.flatMap((condition) => healthOf(name, condition)));
  }
  return { components, nameless };
}

function healthOf(name: string, condition: unknown): readonly ComponentHealth[] {
  const { type, status, message, error } = fieldsOf(condition);
  if (type !== 'Healthy') return [];
  if (status === 'True') return [{ name, status: 'ok', ...messageOf(textOf(message)) }];
  const why = textOf(error) ?? textOf(message);
  if (status !== 'False') return [{ name, status: 'unknown', ...messageOf(why) }];
  if (why !== undefined && besideTheServer.test(why) && why.includes('connection refused'))
    return [{ name, status: 'unknown', ...messageOf(`not on the API server's machine, so it can't tell: ${why}`) }];
  return [{ name, status: 'critical', ...messageOf(why) }];
}

export const componentServiceCheck = ({ name, ...health }: ComponentHealth): ServiceCheck =>
  componentCheck(oneLine(name), health);

/** 1 healthy, 0 not; nothing where it is unknown. */
export function componentGaugeOf({ name, status }: ComponentHealth): MetricSample | undefined {
  if (status === 'unknown') return undefined;
  return { name: componentGauge, value: status === 'ok' ? 1 : 0, tags: [`component:${oneLine(name)}`] };
}

const messageOf = (text: string | undefined) => (text === undefined ? {} : { message: oneLine(text) });

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
