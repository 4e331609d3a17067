/** The service check of the control plane, and the form in which the server's own words may go into it. Pure. */
import type { ServiceCheck } from '../sender.ts';

/** Without tags: the whole. Tagged `component:<name>`: a part of it. */
export const upCheck = 'kube_apiserver_controlplane.up';

const maxTextLength = 1000;

export type Health = Pick<ServiceCheck, 'status' | 'message'>;

export const componentCheck = (component: string, health: Health): ServiceCheck => ({
  name: upCheck,
  ...health,
  tags: [`component:${component}`],
});

/** Untrusted text goes into a sink's format: no line breaks or control characters, no half characters, and an end. */
export function oneLine(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  if (line.length <= maxTextLength) return line;
  return `${line.slice(0, maxTextLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
